internal import Gradients

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Files of numbers, told apart by their ending.
enum DataFile {
  /// The tensor in a `.npy` or `.csv` file; a relative path begins at `directory`.
  static func load(_ path: String, in directory: String?) throws(DataError) -> Tensor {
    let full = path.hasPrefix("/") || directory == nil ? path : (directory ?? "") + "/" + path
    let isNumpy = path.hasSuffix(".npy")
    guard isNumpy || path.hasSuffix(".csv") else {
      throw DataError("'\(path)' must end in .npy or .csv")
    }
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: URL(filePath: full)))
    } catch {
      let exists = FileManager.default.fileExists(atPath: full)
      throw DataError("'\(path)' \(exists ? "could not be read" : "does not exist")")
    }
    do throws(DataError) {
      return isNumpy ? try NumpyFile(bytes).tensor() : try CSVFile.tensor(bytes)
    } catch {
      throw DataError("'\(path)': \(error.text)")
    }
  }
}
