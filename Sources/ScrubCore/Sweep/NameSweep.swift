/// Finds values in names of files and folders.
package struct NameSweep: ~Copyable {
  private var text: TextSweep

  package init(_ book: SweepBook) { text = TextSweep(book) }

  /// The values that stand in a path, by their numbers.
  package mutating func values(in path: String) -> Set<Int> {
    let bytes = Array(path.utf8)
    unsafe text.find(bytes.span.bytes, 0..<bytes.count)
    return Set(text.places.map(\.value))
  }
}
