// Draws the diagrams of this folder with another Graphviz than the library that gradcheck links: the WebAssembly build of
// version 12.1.2 that the Python package graphviz-anywidget 0.8.0 carries in its widget.js.
//
//     gradcheck draw FORMULA -o neuron.dot        (the formula is in data_formula of neuron.svg)
//     node draw.mjs widget.js neuron.dot          (writes neuron.svg and neuron-normalized.dot)
import fs from "node:fs";

const [widget, dot] = process.argv.slice(2);
// The package's own module, without the page that it is made for.
const lines = fs.readFileSync(widget, "utf8").split("\n");
const start = lines.findIndex(line => line.startsWith("// node_modules/@hpcc-js/wasm/dist/graphviz.js"));
const length = lines.slice(start + 1).findIndex(line => line.startsWith("// node_modules/"));
fs.writeFileSync("graphviz.tmp.mjs", lines.slice(start, start + 1 + length).join("\n") + "\nexport { Mo as Graphviz };\n");
const { Graphviz } = await import(`${process.cwd()}/graphviz.tmp.mjs`);
fs.rmSync("graphviz.tmp.mjs");

const graphviz = await Graphviz.load();
const text = fs.readFileSync(dot, "utf8");
const metadata = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
const picture = graphviz.layout(text, "svg", "dot");
const end = picture.indexOf(">", picture.indexOf("<svg")) + 1;
const name = dot.replace(/\.dot$/, "");
fs.writeFileSync(`${name}.svg`, `${picture.slice(0, end)}\n<metadata>${metadata}</metadata>${picture.slice(end)}`);
fs.writeFileSync(`${name}-normalized.dot`, graphviz.layout(text, "dot", "dot"));
