// Holds a running server against its own OpenAPI document.
//
// usage: node contract.mjs STEP URL
//   lint       the document is a good one
//   answers    what each endpoint answers is what the document says
//   generated  2,000 requests drawn from the document: what is valid is answered
//              with 200 as it says, what is not with 400
//   readme     the tables of src/api/README.md are the document's
//   types      src/page/contract.d.ts is what openapi-typescript makes of it
//   csv        each endpoint's CSV, as another's parser reads it, is its JSON, cell
//              by cell, and its tag lasts as long as nothing else than when it was
//              asked changes
//   client     a client made from it compiles, and prints what the server has
//   grafana    each URL of deploy/grafana is answered, and has the columns that the
//              dashboard shows
// With GOLDEN_UPDATE=1, readme and types write what they would compare; the
// sources are in the directory ROOT.
//   recorded   answers of other tests, in the directory ANSWERS_DIR, against the
//              document that lint has left here; URL is not asked
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import Ajv2020 from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'

const [step, url] = process.argv.slice(2)
const requests = Number(process.env.CONTRACT_REQUESTS ?? 2000)
const fail = text => {
  console.log(text)
  process.exit(1)
}

const fetchText = async path => {
  const answer = await fetch(url + path)
  const header = name => answer.headers.get(name)
  return { path, status: answer.status, type: header('content-type'), tag: header('etag'), text: await answer.text() }
}

const readDocument = async () => {
  const answer = await fetchText('/api/openapi.json')
  if (answer.status !== 200) fail(`no document: ${answer.status}`)
  return JSON.parse(answer.text)
}

// --- schemas

const makeValidators = document => {
  const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true })
  addFormats(ajv)
  ajv.addVocabulary(['x-unit', 'x-order', 'openapi', 'info', 'servers', 'security', 'paths', 'components'])
  ajv.addSchema({ $id: 'api', ...document })
  const compile = name => ajv.getSchema(`api#/components/schemas/${name}`)
  const validators = { error: compile('Error') }
  for (const [path, { get }] of Object.entries(document.paths)) {
    const reference = get.responses['200'].content['application/json'].schema.$ref
    if (reference) validators[path] = compile(reference.split('/').pop())
  }
  return validators
}

// Why an answer is none that the document has; nothing if it is one.
const faultOf = (validators, { path, status, text }) => {
  const name = path.split('?')[0]
  if (status === 304) return undefined
  const validate = status === 200 ? validators[name] : validators.error
  if (!validate) return undefined
  let answer
  try {
    answer = JSON.parse(text)
  } catch {
    return `${path}: ${status}, no JSON: ${text.slice(0, 200)}`
  }
  return validate(answer) ? undefined : `${path}: ${status}: ${JSON.stringify(validate.errors.slice(0, 3))}`
}

// Keys come in the order that the document tells.
const orderFaultOf = (document, path, text) => {
  const { operationId } = document.paths[path].get
  const order = document.components.schemas[`${operationId.slice(3)}Row`]?.['x-order']
  const row = JSON.parse(text).data?.[0]
  if (!order || !row || Object.keys(row).join() === order.join()) return undefined
  return `${path}: columns are ${Object.keys(row)}`
}

// --- requests

const numbers = fc.integer({ min: -1000, max: 100000 }).map(n => n / 10)
const range = values =>
  fc.tuple(values, values, fc.constantFrom('one', 'both', 'from', 'to')).map(([a, b, form]) => {
    const [low, high] = a <= b ? [a, b] : [b, a]
    return { one: `${a}`, both: `${low}..${high}`, from: `${low}..`, to: `..${high}` }[form]
  })
const word = fc.oneof(fc.constantFrom('node-1', 'node-*', '*', 'NVIDIA', 'GPU-*', 'a,b', 'x y', '&=%'),
  fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }).filter(s => !/[\p{Cc}]/u.test(s)))
const list = (items, max) => fc.uniqueArray(items, { minLength: 1, maxLength: max }).map(l => l.map(encodeURIComponent).join())

const validValue = ({ schema }) => {
  if (schema.type === 'array') {
    return schema.items.enum ? list(fc.constantFrom(...schema.items.enum), schema.maxItems ?? 8) : list(word, 4)
  }
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.type === 'boolean') return fc.constantFrom('true', 'false')
  if (schema.type === 'integer') return fc.integer({ min: schema.minimum, max: schema.maximum }).map(String)
  if (schema.pattern.includes('smhdw')) {
    const spans = { 60: 60, '90s': 90, '1h30m': 5400, '7d': 604800, '4w': 2419200, 2678400: 2678400 }
    return fc.constantFrom(...Object.keys(spans).filter(text => spans[text] <= (schema['x-maximum-s'] ?? Infinity)))
  }
  return range(numbers).filter(text => new RegExp(schema.pattern, 'u').test(text))
}

const invalidValue = ({ schema }) => {
  if (schema.type === 'array') return schema.items.enum ? fc.constantFrom('', 'heat', '--x', ',') : fc.constantFrom('', 'a,', '%00', '%ff', '%0a')
  if (schema.enum) return fc.constantFrom('', 'xml', 'JSON')
  if (schema.type === 'boolean') return fc.constantFrom('', '1', 'True', 'true,false', 'true..')
  if (schema.type === 'integer') return fc.constantFrom('', `${schema.minimum - 1}`, `${schema.maximum + 1}`, '1.5', '+1', 'x')
  return fc.constantFrom('', '..', 'hot', '2..1', '1e3', '1..2..3', 'NaN', '0x1')
}

const oneOf = (parameters, makeValue) =>
  fc.constantFrom(...parameters).chain(p => makeValue(p).map(value => ({ name: p.name, value })))

const requestOf = (path, parameters) => {
  // What is right by itself may be wrong with others.
  const independent = parameters.filter(p => !p['x-dependent'])
  const valid = fc.uniqueArray(oneOf(independent, validValue), { maxLength: 6, selector: p => p.name })
  const wrong = fc.oneof(oneOf(parameters, invalidValue),
    fc.constantFrom('foo', 'Node_name', 'limit ', 'gpu').map(name => ({ name, value: '1' })))
  const write = list => path + '?' + list.map(p => `${encodeURIComponent(p.name)}=${p.value}`).join('&')
  return fc.tuple(valid, wrong, fc.boolean()).map(([given, extra, isRight]) => {
    if (isRight) return { isRight, path: write(given) }
    return { isRight, path: write([...given.filter(p => p.name !== extra.name), extra]) }
  })
}

// --- sources

const source = path => `${process.env.ROOT}/${path}`

// The file is to be that; why not, the command that shows it says.
const expectSource = (path, text) => {
  if (process.env.GOLDEN_UPDATE) return writeFileSync(source(path), text)
  if (existsSync(source(path)) && readFileSync(source(path), 'utf8') === text) return
  writeFileSync('wanted', text)
  spawnSync('diff', ['-u', source(path), 'wanted'], { stdio: 'inherit' })
  fail(`${path} is not the document's: GOLDEN_UPDATE=1 writes it`)
}

// --- README

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
const typesOf = ({ type }) => (Array.isArray(type) ? type : [type])
const sentence = text => text.replace(/(?<!\.)\.$/, '')

const kindOf = schema => {
  const [type] = typesOf(schema)
  if (schema['x-unit']) return schema['x-unit']
  if (schema.format === 'date-time') return 'time, UTC'
  if (type === 'array' && schema.items.$ref) return 'list of rows'
  if (type === 'object') return `object with ${Object.keys(schema.properties).map(key => `\`${key}\``).join(', ')}`
  if (type === 'array' && schema.items.type === 'object') return `list of ${kindOf(schema.items)}`.replace('list of object', 'list of objects')
  if (type === 'array') return schema.items.type === 'integer' ? 'list of numbers' : 'list of texts'
  return { string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false' }[type]
}

// The heading of the first section that is about the path, past the one that lists
// all of them.
const anchorOf = (readme, path) => {
  const about = readme.split(/^## /m).slice(1).find(section => section.includes(`\`${path}\``))
  if (!about) fail(`src/api/README.md says nothing of ${path}`)
  return about.split('\n')[0].toLowerCase().replaceAll(' ', '-')
}

const tablesOf = (document, readme) => ({
  endpoints: table(['path', 'answers with'], Object.entries(document.paths).map(([path, { get }]) =>
    [`[\`${path}\`](#${anchorOf(readme, path)})`, sentence(get.summary)])),
  ...Object.fromEntries(Object.entries(document.components.schemas).filter(([name, schema]) => schema['x-order'] && /(Row|Data)$/.test(name)).map(([name, schema]) =>
    [name, table(['key', 'type or unit', 'null', ''], schema['x-order'].map(key => {
      const column = schema.properties[key]
      return [`\`${key}\``, kindOf(column), typesOf(column).includes('null') ? 'may be' : '', sentence(column.description)]
    }))])),
})

// --- CSV

// Both of one second; another may begin in between.
const fetchBoth = async path => {
  for (let tries = 0; tries < 50; tries++) {
    const json = await fetchText(`${path}?offset=0`)
    const csv = await fetchText(`${path}?offset=0&format=csv`)
    if (json.status !== 200 || csv.status !== 200) fail(`${path}: ${json.status} and ${csv.status}`)
    if (!csv.type.startsWith('text/csv')) fail(`${path}: ${csv.type}`)
    const rows = JSON.parse(json.text).data
    const [names, ...records] = parse(csv.text, { record_delimiter: '\r\n' })
    const time = names.indexOf('timestamp')
    if (rows.map(row => row.timestamp).join() === records.map(cells => cells[time]).join()) return { rows, names, records }
  }
  return fail(`${path}: no second lasts long enough`)
}

// Of what does not change but for when it was asked.
const expectTagLasts = async (path, name) => {
  const ask = () => fetchText(`${path}?fields=${name},timestamp&format=csv`)
  const first = await ask()
  let next = first
  for (let tries = 0; tries < 100 && next.text === first.text; tries++) {
    await new Promise(resolve => setTimeout(resolve, 100))
    next = await ask()
  }
  if (next.tag !== first.tag || !next.tag) fail(`${path}: the tag was ${first.tag}, is ${next.tag}`)
}

// As the README has it; a number as JSON writes it.
const cellOf = value => {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = Array.isArray(value) ? value.join(';') : value
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
}

// --- steps

const steps = {
  async lint() {
    writeFileSync('openapi.json', JSON.stringify(await readDocument()))
    execFileSync('npx', ['redocly', 'lint', 'openapi.json', '--extends=recommended', '--format=stylish'],
      { stdio: 'inherit', env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } })
  },

  async answers() {
    const document = await readDocument()
    const validators = makeValidators(document)
    for (const [path, { get }] of Object.entries(document.paths)) {
      const answer = await fetchText(get['x-example'] ? `${path}?${get['x-example']}` : path)
      // Of an example: what it names need not be there.
      const isThere = answer.status === 200 || (get['x-example'] && answer.status === 404)
      const fault = !isThere ? `${path}: ${answer.status}`
        : faultOf(validators, answer) ?? orderFaultOf(document, path, answer.text)
      if (fault) fail(fault)
    }
  },

  async generated() {
    const document = await readDocument()
    const validators = makeValidators(document)
    const paths = Object.entries(document.paths).filter(([, { get }]) => get.parameters && !get['x-example'])
    const request = fc.oneof(...paths.map(([path, { get }]) => requestOf(path, get.parameters)))
    const counts = { right: 0, wrong: 0 }
    await fc.assert(fc.asyncProperty(request, async ({ isRight, path }) => {
      const answer = await fetchText(path)
      counts[isRight ? 'right' : 'wrong']++
      if (answer.status !== (isRight ? 200 : 400)) throw new Error(`${path}: ${answer.status} ${answer.text.slice(0, 300)}`)
      if (isRight && answer.type.startsWith('text/csv')) return
      const fault = faultOf(validators, answer)
      if (fault) throw new Error(fault)
    }), { numRuns: requests })
    console.log(`${counts.right} valid and ${counts.wrong} invalid requests`)
    if (counts.right < requests / 4 || counts.wrong < requests / 4) fail('too few of one kind')
  },

  async readme() {
    const path = 'src/api/README.md'
    const readme = readFileSync(source(path), 'utf8')
    const document = await readDocument()
    const tables = tablesOf(document, readme)
    const missing = new Set(Object.keys(tables))
    const text = readme.replace(/(<!-- table: (\w+) -->\n)(?:\|.*\n)*/g, (_, mark, name) => {
      if (!missing.delete(name)) fail(`${path}: a table ${name} that there is not, or twice`)
      return `${mark}${tables[name]}\n`
    })
    if (missing.size > 0) fail(`${path}: no <!-- table: ${[...missing][0]} -->`)
    expectSource(path, text)
  },

  async types() {
    writeFileSync('openapi.json', JSON.stringify(await readDocument()))
    execFileSync('npx', ['openapi-typescript', 'openapi.json', '-o', 'contract.d.ts'], { stdio: 'ignore' })
    expectSource('src/page/contract.d.ts', readFileSync('contract.d.ts', 'utf8'))
  },

  async csv() {
    const document = await readDocument()
    let count = 0
    for (const [path, { get }] of Object.entries(document.paths)) {
      // Of rows: a history has another form.
      if (!get.responses['200'].content['text/csv'] || !document.components.schemas[`${get.operationId.slice(3)}Row`]) continue
      const { rows, names, records } = await fetchBoth(path)
      rows.forEach((row, i) => {
        if (Object.keys(row).join() !== names.join()) fail(`${path}: columns are ${names}`)
        names.forEach((name, k) => {
          const wanted = cellOf(row[name])
          if (records[i][k] !== wanted) fail(`${path}: ${name} is ${JSON.stringify(records[i][k])}, not ${JSON.stringify(wanted)}`)
          count++
        })
      })
      if (rows.length > 0) await expectTagLasts(path, names[0])
    }
    console.log(`${count} cells`)
    if (count < 100) fail('too few')
  },

  async client() {
    writeFileSync('openapi.json', JSON.stringify(await readDocument()))
    execFileSync('npx', ['openapi-typescript', 'openapi.json', '-o', 'api.d.ts'], { stdio: 'ignore' })
    const compile = (file, stdio) => spawnSync('npx', ['tsc', '--strict', '--noUncheckedIndexedAccess', '--target', 'es2022',
      '--module', 'nodenext', '--lib', 'es2022,dom', file], { stdio, encoding: 'utf8' })
    if (compile('client.ts', 'inherit').status !== 0) fail('the client does not compile')
    // Who forgets that a value may be null is told.
    writeFileSync('careless.ts', `import type { components } from './api.js'
export const isHot = (gpu: components['schemas']['GpuMetricsRow']): boolean => gpu.temperature > 80
`)
    const careless = compile('careless.ts', 'pipe')
    if (!/^careless.ts.*'gpu.temperature' is possibly 'null'/.test(careless.stdout)) fail(`a careless client: ${careless.stdout}`)
    const printed = execFileSync('node', ['client.js', url], { encoding: 'utf8' })
    console.log(printed)
    if (!/^node-1 +0 /m.test(printed)) fail('the client did not print the first GPU')
  },

  async grafana() {
    const dashboard = JSON.parse(readFileSync('grafana/gpu-fleet.json', 'utf8'))
    const source = readFileSync('grafana/datasource.yaml', 'utf8')
    const targets = [...dashboard.panels.flatMap(p => p.targets), ...dashboard.templating.list.map(v => v.query.infinityQuery)]
    if (targets.length < 13) fail(`${targets.length} queries`)
    for (const { url: path, columns, datasource, root_selector: root } of targets) {
      for (const key of ['type', 'uid'])
        if (!source.includes(`${key}: ${datasource[key]}\n`)) fail(`${path}: no data source has the ${key} ${datasource[key]}`)
      const asked = path.replace('${node:csv}', '*')
      if (/\$/.test(asked)) fail(`${path}: a variable that is not known`)
      const answer = await fetchText(asked)
      if (answer.status !== 200) fail(`${path}: ${answer.status} ${answer.text}`)
      const rows = JSON.parse(answer.text)[root]
      const names = columns.map(c => c.selector).sort().join()
      // This fleet has no processes and no pods; that there are such columns says the 200.
      const isEmpty = rows?.length === 0 && /\/(processes|workloads|usage|capacity)\?/.test(path)
      if (!rows?.length && !isEmpty) fail(`${path}: no rows`)
      const told = isEmpty ? new URL(path, url).searchParams.get('fields').split(',') : Object.keys(rows[0])
      if (told.sort().join() !== names) fail(`${path}: it has ${told}, not ${names}`)
    }
    console.log(`${targets.length} queries`)
  },

  async recorded() {
    const directory = process.env.ANSWERS_DIR
    if (!directory || !existsSync(directory)) fail('ANSWERS_DIR is not set, or no directory')
    const validators = makeValidators(JSON.parse(readFileSync('openapi.json', 'utf8')))
    let count = 0
    for (const file of readdirSync(directory)) {
      for (const line of readFileSync(`${directory}/${file}`, 'utf8').split('\n').filter(Boolean)) {
        const answer = JSON.parse(line)
        const fault = faultOf(validators, answer)
        if (fault) fail(`${file}: ${fault}`)
        count++
      }
    }
    console.log(`${count} answers`)
    if (count <= 500) fail('not more than 500')
  },
}

if (!steps[step] || !url) fail(`usage: node contract.mjs ${Object.keys(steps).join('|')} URL`)
await steps[step]()
