// Moves bytes, and knows nothing of privacy: which files an archive has (`ArchiveWalker`), how a file is read through a
// window of bounded size (`InputFile`), its blocks and lines (`AvroBlocks`, `LineChunks`, `JSONItems`), and how a new one takes
// its name only when it is whole (`StagedFile`, `FileReplacement`). Folders and object stores are alike from outside.
//
// What is wrong with a file is a `Failure`: a code, a place and a hint, never a value.
