// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v14)],
  dependencies: [.package(name: "chainrule", path: "..")],
  targets: [
    .executableTarget(
      name: "Workloads",
      dependencies: [
        .product(name: "GradientChecking", package: "chainrule"),
        .product(name: "Gradients", package: "chainrule"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
