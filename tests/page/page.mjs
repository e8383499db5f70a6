// Holds the page against a server with it, in a browser.
//
// usage: node tests/page.mjs STEP [URL]     from the directory with node_modules; URL
//        of a server of six GPUs that do not change, without processes; the demo's for
//        record; picture and times can do without
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { accessible } from './accessible.mjs'
import { start, stop } from './browser.mjs'
import { hour, hidden, large, weight } from './cost.mjs'
import { keyboard } from './keyboard.mjs'
import { length } from './length.mjs'
import { picture, record } from './picture.mjs'
import { times } from './times.mjs'
import { hostile, truth } from './truth.mjs'
import { views } from './views.mjs'
import { workloads } from './workloads.mjs'
import { states } from './states.mjs'

const [step, url] = process.argv.slice(2)
const page = url && `${url}/gpu/`

// --- what needs no browser

function types() {
  execFileSync('npx', ['tsc', '-p', 'src/page'], { stdio: 'inherit' })
}

function unit() {
  execFileSync('node', ['--test', 'tests/unit.test.mjs'], { stdio: 'inherit' })
}

// As `npx prettier --write` of the same files has it.
function format() {
  const files = ['src/page/*.{js,css,html}', 'tests/*.mjs']
  execFileSync('npx', ['prettier', '--check', ...files], { stdio: 'inherit' })
}

const plain = { types, unit, format, length }
const inBrowser = {
  views,
  workloads,
  states,
  truth,
  hostile,
  accessible,
  keyboard,
  weight,
  large,
  hidden,
  hour,
  record,
  picture,
  times
}
const needsNoServer = ['picture', 'times']

if (!(step in plain || step in inBrowser) || (!url && !needsNoServer.includes(step))) {
  console.log(
    `usage: node tests/page.mjs ${Object.keys({ ...plain, ...inBrowser }).join('|')} [URL]`
  )
  process.exit(2)
}
if (step in plain) await plain[step]()
else {
  await start()
  try {
    await inBrowser[step](page)
  } finally {
    await stop()
  }
}
