// Holds the page against a server with it, in a browser.
//
// usage: node tests/page.mjs STEP[,STEP...] [URL]
//        from the directory with node_modules; several steps have one browser. Each begins
//        with a line "begin STEP" and ends with "ok STEP" or "not ok STEP". URL is of a server of six GPUs that do not change, without processes; the demo's for
//        record; picture and times can do without
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { accessible } from './accessible.mjs'
import { available } from './available.mjs'
import { start, stop } from './browser.mjs'
import { hour, hidden, large, weight } from './cost.mjs'
import { keyboard } from './keyboard.mjs'
import { length } from './length.mjs'
import { namespaces } from './namespaces.mjs'
import { problems } from './problems.mjs'
import { picture, record } from './picture.mjs'
import { times } from './times.mjs'
import { hostile, truth } from './truth.mjs'
import { views } from './views.mjs'
import { workloads } from './workloads.mjs'
import { states } from './states.mjs'

const [wanted = '', url] = process.argv.slice(2)
const steps = wanted.split(',')
const page = url && `${url}/gpu/`

// --- what needs no browser

const run = (...command) => execFileSync('node', command, { stdio: 'inherit' })

const types = () => run('node_modules/typescript/bin/tsc', '-p', 'src/page')

const unit = () => run('--test', 'tests/unit.test.mjs')

// As `npx prettier --write` of the same files has it.
function format() {
  const files = ['src/page/*.{js,css,html}', 'tests/*.mjs']
  run('node_modules/prettier/bin/prettier.cjs', '--check', ...files)
}

const plain = { types, unit, format, length }
const inBrowser = {
  views,
  available,
  problems,
  workloads,
  namespaces,
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
const known = { ...plain, ...inBrowser }

if (
  steps.some(
    step => !(step in known) || (!url && step in inBrowser && !needsNoServer.includes(step))
  )
) {
  console.log(`usage: node tests/page.mjs ${Object.keys(known).join('|')}[,...] [URL]`)
  process.exit(2)
}

/** Whatever becomes of one, the next is run. */
async function runAll() {
  for (const step of steps) {
    const begin = performance.now()
    console.log(`begin ${step}`)
    let isOk = true
    try {
      await known[step](page)
    } catch (error) {
      isOk = false
      process.exitCode = 1
      console.log(error)
    }
    const took_s = (performance.now() - begin) / 1000
    console.log(`${isOk ? 'ok' : 'not ok'} ${step} ${took_s.toFixed(1)} s`)
  }
}

const hasBrowser = steps.some(step => step in inBrowser)
if (hasBrowser) await start()
try {
  await runAll()
} finally {
  if (hasBrowser) await stop()
}
