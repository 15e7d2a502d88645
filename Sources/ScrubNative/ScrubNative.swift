// Everything that C does for the program: digests, ciphers and signatures by OpenSSL, compression, XML, HTTP and zip
// archives by libraries that are loaded when they are needed, and the few system calls that Swift's library does not have.
//
// Here alone pointers meet; each type has one owner for what it opens, and gives back values. Nothing here knows of events,
// files of an archive, or people. Start at `KeyedDigest` and `GzipStream`.
