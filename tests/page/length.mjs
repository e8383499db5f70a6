// Which functions and files are too long, as tests/lint/function_length.sh has it of C.
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import ts from 'typescript'

const FUNCTION_MAX = 70
const FILE_MAX = 400

/** A line for each, with how long it is between its braces. */
function tooLong(name, text) {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS)
  const lineOf = position => source.getLineAndCharacterOfPosition(position).line
  const found = []
  const lines = text.split('\n').length - 1
  if (lines > FILE_MAX) found.push(`${name} has ${lines} lines`)
  const visit = node => {
    if (ts.isFunctionLike(node) && node.body) {
      const length = lineOf(node.body.getEnd()) - lineOf(node.body.getStart()) - 1
      if (length > FUNCTION_MAX)
        found.push(`${name}:${lineOf(node.getStart()) + 1}: a function of ${length} lines`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

export function length() {
  const body = lines => `const f = () => {\n${'a()\n'.repeat(lines)}}\n`
  assert.deepEqual(tooLong('a.js', body(FUNCTION_MAX)), [])
  assert.deepEqual(tooLong('a.js', body(FUNCTION_MAX + 1)), ['a.js:1: a function of 71 lines'])
  assert.deepEqual(tooLong('a.js', 'a()\n'.repeat(FILE_MAX + 1)), ['a.js has 401 lines'])
  const files = readdirSync('src/page').filter(name => name.endsWith('.js'))
  assert.ok(files.length > 20)
  assert.deepEqual(
    files.flatMap(name => tooLong(name, readFileSync(`src/page/${name}`, 'utf8'))),
    []
  )
}
