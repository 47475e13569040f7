internal import CGraphviz

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The plugins that every picture is made with: the layout engines and the built-in renderers.
///
/// Nothing else is loaded, above all no plugin that measures text with the fonts of the machine, so that the same
/// Graphviz gives the same bytes everywhere.
@unsafe struct GraphvizPlugins: @unchecked Sendable {
  /// Ends with an empty entry, as Graphviz wants it; never freed, since contexts refer to it.
  let table: UnsafePointer<lt_symlist_t>

  static let loaded = unsafe Result { () throws(GraphvizError) in try unsafe GraphvizPlugins() }

  private init() throws(GraphvizError) {
    let names = ["gvplugin_core", "gvplugin_dot_layout"]
    let table = UnsafeMutablePointer<lt_symlist_t>.allocate(capacity: names.count + 1)
    for (position, name) in names.enumerated() {
      let symbol = name + "_LTX_library"
      guard let library = unsafe Self.open(name), let address = unsafe dlsym(library, symbol) else {
        throw GraphvizError("the Graphviz plugin '\(name)' was not found beside libgvc")
      }
      unsafe (table + position).initialize(to: lt_symlist_t(name: strdup(symbol), address: address))
    }
    unsafe (table + names.count).initialize(to: lt_symlist_t(name: nil, address: nil))
    unsafe self.table = UnsafePointer(table)
  }

  /// Plugins lie in a folder `graphviz` beside libgvc; their version is in their names.
  private static func open(_ name: String) -> UnsafeMutableRawPointer? {
    var info = unsafe chainrule_symbol()
    guard let function = unsafe dlsym(nil, "gvContextPlugins"), unsafe dladdr(function, &info) != 0,
      let path = unsafe info.dli_fname
    else { return nil }
    let library = unsafe String(cString: path)
    let folder = library[..<(library.lastIndex(of: "/") ?? library.startIndex)] + "/graphviz/"
    for ending in [".so.6", ".so.7", ".so.8", ".so", ".6.dylib", ".7.dylib", ".8.dylib", ".dylib"] {
      if let handle = unsafe dlopen("\(folder)lib\(name)\(ending)", RTLD_NOW | RTLD_LOCAL) {
        return unsafe handle
      }
    }
    return nil
  }
}
