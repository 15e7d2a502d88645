// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
]

// The C libraries are linked from their archives, so that the command runs where they are not installed.
let archives: [LinkerSetting] = [
  .linkedLibrary(":libcrypto.a"), .linkedLibrary(":libdeflate.a"), .linkedLibrary(":libz.a"),
  .linkedLibrary(":libzstd.a"), .linkedLibrary(":libsnappy.a"), .linkedLibrary(":libexpat.a"), .linkedLibrary("stdc++"),
]

// Names of functions stay, for who looks at a crash; receipts tell the digest of the program, which is half as long then.
let lean: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "--strip-debug"], .when(configuration: .release))]

// GRDB links SQLite by name; this folder has the linker take its archive as well.
let database: [LinkerSetting] = [.unsafeFlags(["-L", "\(Context.packageDirectory)/Sources/ScrubLedger/Linking"])]

// `Tests/Fuzzing/run` asks for the program that fuzzes; libFuzzer has its main function, so it is built only there.
let fuzzing: [Target] =
  Context.environment["CURRENTS_SCRUB_FUZZING"] == nil
  ? []
  : [.executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing/Driver", swiftSettings: strict)]

let package = Package(
  name: "currents-scrub",
  products: [.executable(name: "currents-scrub", targets: ["currents-scrub"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
  ],
  targets: [
    .systemLibrary(name: "COpenSSL", path: "Sources/COpenSSL", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CDeflate", path: "Sources/CDeflate", providers: [.apt(["libdeflate-dev"])]),
    .systemLibrary(name: "CZlib", path: "Sources/CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CSnappy", path: "Sources/CSnappy", providers: [.apt(["libsnappy-dev"])]),
    .systemLibrary(name: "CZstd", path: "Sources/CZstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CExpat", path: "Sources/CExpat", providers: [.apt(["libexpat1-dev"])]),
    .systemLibrary(name: "CLinux", path: "Sources/CLinux"),
    .target(
      name: "ScrubNative", dependencies: ["COpenSSL", "CDeflate", "CZlib", "CSnappy", "CZstd", "CExpat", "CLinux"],
      swiftSettings: strict, linkerSettings: archives),
    .target(name: "ScrubCore", dependencies: ["ScrubNative"], swiftSettings: strict),
    .target(
      name: "ScrubPolicy",
      dependencies: ["ScrubCore", "ScrubNative", .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .target(name: "ScrubArchive", dependencies: ["ScrubCore", "ScrubNative"], swiftSettings: strict),
    .target(
      name: "ScrubLedger",
      dependencies: ["ScrubNative", .product(name: "GRDB", package: "GRDB.swift"), .product(name: "GRDBSQLite", package: "GRDB.swift")],
      exclude: ["Linking"], swiftSettings: strict, linkerSettings: database),
    .target(
      name: "ScrubOperations",
      dependencies: [
        "ScrubArchive", "ScrubPolicy", "ScrubLedger", "ScrubCore", "ScrubNative",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "currents-scrub",
      dependencies: [
        "ScrubOperations", "ScrubArchive", "ScrubPolicy", "ScrubLedger", "ScrubNative",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict, linkerSettings: lean),
    .testTarget(name: "ScrubNativeTests", dependencies: ["ScrubNative"], swiftSettings: strict),
    .testTarget(name: "ScrubCoreTests", dependencies: ["ScrubCore", "ScrubNative"], swiftSettings: strict),
    .testTarget(name: "ScrubPolicyTests", dependencies: ["ScrubPolicy", "ScrubCore"], swiftSettings: strict),
    .testTarget(
      name: "ScrubArchiveTests", dependencies: ["ScrubArchive", "ScrubCore", "ScrubNative"], swiftSettings: strict),
    .testTarget(name: "ScrubLedgerTests", dependencies: ["ScrubLedger", "ScrubNative"], swiftSettings: strict),
    .testTarget(
      name: "ScrubOperationsTests",
      dependencies: ["ScrubOperations", "ScrubArchive", "ScrubPolicy", "ScrubLedger", "ScrubCore", "ScrubNative"],
      swiftSettings: strict),
    .target(
      name: "FuzzTargets",
      dependencies: ["ScrubOperations", "ScrubArchive", "ScrubPolicy", "ScrubCore", "ScrubNative"],
      path: "Tests/Fuzzing/Targets", swiftSettings: strict),
    .testTarget(
      name: "FuzzingTests", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing/Replay", swiftSettings: strict),
  ] + fuzzing
)
