// swift-tools-version: 6.2
import PackageDescription

// A client of Chainrule: a gate, a loss and a neuron of its own, whose gradients its tests check.
let package = Package(
  name: "layers",
  platforms: [.macOS(.v14)],
  dependencies: [.package(name: "chainrule", path: "../..")],
  targets: [
    .target(name: "Layers", dependencies: [.product(name: "Gradients", package: "chainrule")]),
    .testTarget(
      name: "LayersTests",
      dependencies: ["Layers", .product(name: "ChainruleTesting", package: "chainrule")]),
  ],
  swiftLanguageModes: [.v6]
)
