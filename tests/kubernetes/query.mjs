// Prints a value of the first object of a kind, of the manifests on stdin: text
// as it is, all else as JSON.
//
// usage: node query.mjs KIND [KEY...]   a key of a list is an index, or the name
//        of one of its objects; nothing is printed for what is not there
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const packages = createRequire(path.join(process.cwd(), "here.js"));
const { parseAllDocuments } = packages("yaml");

const [kind, ...keys] = process.argv.slice(2);
let value = parseAllDocuments(readFileSync(0, "utf8"))
	.map((document) => document.toJS())
	.find((object) => object?.kind === kind);

for (const key of keys) {
	value = Array.isArray(value)
		? value[key] ?? value.find((one) => one.name === key)
		: value?.[key];
}
if (value !== undefined) {
	console.log(typeof value === "string" ? value : JSON.stringify(value));
}
