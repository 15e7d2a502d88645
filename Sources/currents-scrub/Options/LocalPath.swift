internal import ArgumentParser
internal import ScrubOperations

/// The path of a file or folder on the command line, where a store will not do.
///
/// - Throws: for the address of something elsewhere.
func localPath(_ text: String) throws -> String {
  if StoreAddresses.isAddress(text) { throw ValidationError("this is a place on this machine, not in a store") }
  return text
}
