// A server of the page's sources as they are here, and of answers that are given to
// it: for what shall be the same each time.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'

const DYGRAPHS = '/usr/share/javascript/dygraphs/dygraph.min.js'
const TYPES = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }

/** As web servers send them: compressed. */
export const compressed = ({ body, headers, status = 200 }) => ({
  status,
  headers: { ...headers, 'Content-Encoding': 'gzip' },
  body: gzipSync(body)
})

function fileOf(name) {
  if (name === '') {
    return {
      headers: { 'Content-Type': 'text/html' },
      body: execFileSync('sh', ['src/page/fill_in', 'sources', 'src/page'])
    }
  }
  const [, file, type] = name.match(/^sources\/([a-z-]+(?:\.min)?\.(js|css|svg))$/) ?? []
  if (!file) return undefined
  return {
    headers: { 'Content-Type': TYPES[type] },
    body: readFileSync(file === 'dygraph.min.js' ? DYGRAPHS : `src/page/${file}`)
  }
}

/**
 * @typedef {{status?: number, headers: object, body: string | Buffer}} Answer
 *
 * @param {(path: string) => Answer | undefined | Promise<Answer | undefined>} answer to a path behind
 *   /api/; undefined: a 404
 * @returns {Promise<{url: string, close: () => void}>} url: without a slash at its end
 */
export async function serving(answer) {
  const files = new Map()
  const server = createServer(async (request, response) => {
    const [, top, path] = request.url.match(/^\/(gpu|api)\/(.*)$/) ?? []
    const name = top === 'gpu' ? path.replace(/\?.*/, '') : path
    if (top === 'gpu' && !files.has(name)) {
      const file = fileOf(name)
      if (file) files.set(name, compressed(file))
    }
    const {
      status = 200,
      headers,
      body
    } = (top === 'gpu' ? files.get(name) : await answer(name)) ?? {
      status: 404,
      headers: {},
      body: ''
    }
    response.writeHead(status, headers).end(body)
  })
  await new Promise((resolve, reject) =>
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  )
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close()
      server.closeAllConnections()
    }
  }
}
