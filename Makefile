# On Linux the tool carries the Swift libraries inside, which makes it start faster.
static := $(if $(filter Linux,$(shell uname -s)),--static-swift-stdlib)

.PHONY: demo test soak bench format lint docs documentation set-up

# Checks and draws every example, and the pictures of docs/lecture.md.
demo: set-up
	swift build -c release --product gradcheck $(static)
	Scripts/demo "$$(swift build -c release $(static) --show-bin-path)/gradcheck"
	Scripts/lecture "$$(swift build -c release $(static) --show-bin-path)/gradcheck"

test: set-up
	swift test
	swift test --package-path examples/swift

# The random tests, long and optimized: SOAK random graphs, and every slip in every gate.
SOAK ?= 10000
soak: set-up
	SOAK=$(SOAK) swift test -c release --filter "SlipTests|RandomGraphTests|ReportTests"

bench: set-up
	Benchmarks/run

format:
	swift format --in-place --recursive Sources Tests Package.swift examples Benchmarks/Sources Benchmarks/Package.swift

lint:
	swift format lint --strict --recursive Sources Tests Package.swift examples Benchmarks/Sources Benchmarks/Package.swift

# The gate reference, from the cards of the gates.
docs: set-up
	swift build --product gradcheck
	mkdir -p Documentation
	"$$(swift build --show-bin-path)/gradcheck" gates --markdown > Documentation/GateReference.md

# The DocC pages of every module, into .build/documentation.
documentation: set-up
	Scripts/documentation

set-up:
	@Scripts/set-up
