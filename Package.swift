// swift-tools-version: 6.2
import PackageDescription

/// What every target of this package is compiled with.
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "chainrule",
  platforms: [.macOS(.v14)],
  products: [
    .library(name: "Gradients", targets: ["Gradients"]),
    .library(name: "FormulaLanguage", targets: ["FormulaLanguage"]),
    .library(name: "GradientChecking", targets: ["GradientChecking"]),
    .library(name: "Diagrams", targets: ["Diagrams"]),
    .library(name: "ExternalGates", targets: ["ExternalGates"]),
    .library(name: "GraphvizRendering", targets: ["GraphvizRendering"]),
    .library(name: "ChainruleTesting", targets: ["ChainruleTesting"]),
    .executable(name: "gradcheck", targets: ["gradcheck"]),
    .plugin(name: "GradcheckCommand", targets: ["GradcheckCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.5.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
  ],
  targets: [
    // The engine.
    .target(name: "CBLAS"),
    .target(name: "BLAS", dependencies: ["CBLAS"], swiftSettings: strict),
    .target(
      name: "Gradients",
      dependencies: [
        "BLAS", .product(name: "ComplexModule", package: "swift-numerics"),
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: strict),

    // What is built on it; these do not know one another.
    .target(name: "FormulaLanguage", dependencies: ["Gradients"], swiftSettings: strict),
    .target(name: "GradientChecking", dependencies: ["Gradients"], swiftSettings: strict),
    .target(
      name: "Diagrams",
      dependencies: ["Gradients", .product(name: "HeapModule", package: "swift-collections")],
      // The page's script and style, and the frame they stand in, become part of the library.
      resources: [
        .embedInCode("Page/page.html"), .embedInCode("Page/page.css"), .embedInCode("Page/Script"),
      ],
      swiftSettings: strict),

    // Gates that another program runs.
    .target(name: "CChildProcess"),
    .target(
      name: "ExternalGates", dependencies: ["CChildProcess", "Gradients"], swiftSettings: strict),

    // Pictures: DOT text in, SVG text out.
    .systemLibrary(
      name: "CGraphviz", pkgConfig: "libgvc",
      providers: [.apt(["libgraphviz-dev"]), .brew(["graphviz"])]),
    .target(name: "GraphvizRendering", dependencies: ["CGraphviz"], swiftSettings: strict),

    // Expectations for the tests of clients, in Swift Testing and XCTest.
    .target(
      name: "ChainruleTesting",
      dependencies: ["Gradients", "GradientChecking", "Diagrams", "GraphvizRendering"],
      swiftSettings: strict),

    // The tool.
    .executableTarget(
      name: "gradcheck",
      dependencies: [
        "Gradients", "FormulaLanguage", "GradientChecking", "Diagrams", "GraphvizRendering", "ExternalGates",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),

    // The tool as a command of the package manager: swift package gradcheck.
    .plugin(
      name: "GradcheckCommand",
      capability: .command(
        intent: .custom(
          verb: "gradcheck", description: "Check a package's formulas and verify its stored diagrams.")),
      dependencies: ["gradcheck"]),

    // An example of the library: the two-layer network of the lecture.
    .executableTarget(
      name: "TwoLayerNetwork", dependencies: ["Gradients", "GradientChecking"],
      path: "examples/TwoLayerNetwork", swiftSettings: strict),

    // Tests: one folder a target, one file a source file.
    .target(
      name: "TestSupport", dependencies: ["Gradients"], path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "GradientsTests", dependencies: ["Gradients", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "FormulaLanguageTests", dependencies: ["FormulaLanguage", "Gradients", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "GradientCheckingTests", dependencies: ["GradientChecking", "Gradients", "TestSupport"],
      swiftSettings: strict),
    // What a memory checker watches.
    .executableTarget(
      name: "LayoutOfFiles", dependencies: ["CGraphviz"], path: "Tests/LayoutOfFiles",
      cSettings: [.define("_GNU_SOURCE", .when(platforms: [.linux]))]),
    .testTarget(
      name: "DiagramsTests",
      dependencies: [
        "Diagrams", "FormulaLanguage", "Gradients", "GraphvizRendering", "LayoutOfFiles", "TestSupport",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),
    .testTarget(name: "ExternalGatesTests", dependencies: ["ExternalGates"], swiftSettings: strict),
    .testTarget(
      name: "GraphvizRenderingTests", dependencies: ["GraphvizRendering", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ChainruleTestingTests",
      dependencies: ["ChainruleTesting", "Diagrams", "GradientChecking", "Gradients"],
      swiftSettings: strict),
    .testTarget(
      name: "gradcheckTests",
      dependencies: [
        "gradcheck", "FormulaLanguage", "Gradients", "GradientChecking", "Diagrams", "TestSupport",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      exclude: ["Fixtures", "Python"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
