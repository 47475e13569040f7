/// The candidate that a person most likely meant by `name`, if one is near.
///
/// It is the nearest by edits. Names of one or two letters resemble everything, so they have none.
public func nearestName(to name: String, among candidates: [String]) -> String? {
  guard name.count > 2, name.count <= 64 else { return nil }
  let allowed = max(1, name.count / 3)
  var best: (name: String, distance: Int)?
  for candidate in candidates where candidate.count > 2 {
    let distance = editDistance(Array(name.lowercased()), Array(candidate.lowercased()))
    if distance <= allowed, best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
  }
  return best?.name
}

/// The least number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var rows = [Array(0...b.count)]
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var least = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, rows[i - 1][j - 1] + 1) }
      row.append(least)
    }
    rows.append(row)
  }
  return rows[a.count][b.count]
}
