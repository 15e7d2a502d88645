/// What became of a block that was to be expanded.
package enum BlockExpansion: Sendable {
  /// So many plain bytes were written.
  case done(Int)
  /// The output has no room for it all.
  case needsRoom
  case damaged
}
