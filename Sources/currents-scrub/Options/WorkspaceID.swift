internal import ArgumentParser

/// The id of a workspace on the command line.
///
/// - Throws: where it is empty: it would mean no event, or those without a workspace.
func workspaceID(_ text: String) throws -> String {
  if text.isEmpty { throw ValidationError("--workspace is an app_group_id, and an empty one is none") }
  return text
}
