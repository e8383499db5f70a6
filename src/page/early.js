// Classic and blocking: a dark page does not flash white first, and the modules of the
// view that is asked for come with the first ones.
{
  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src.replace(/[^/]*$/, '')
  const charts = ['history', 'chart', 'scale', 'rows']
  const tables = ['table', 'order', 'pager', 'text-more', 'rows']
  // A view is what somebody wrote into the address: constructor is one that no list has.
  const modules = new Map(
    Object.entries({
      nodes: ['view-nodes', 'listing', ...tables, 'spark', 'strip', 'scale'],
      node: ['view-node', 'facts', 'text-more', ...charts],
      gpus: ['view-gpus', ...tables],
      gpu: ['view-gpu', 'facts', 'workloads', 'listing', 'text-more', ...charts],
      available: ['view-available', 'form', 'listing', ...tables],
      problems: ['view-problems', 'facts', 'listing', ...tables],
      workloads: ['view-workloads', 'workloads', 'facts', 'listing', ...tables],
      namespaces: ['view-namespaces', 'listing', ...tables],
      processes: ['view-processes', 'facts', ...tables],
      status: ['view-status', 'facts', 'text-more']
    })
  ).get(location.hash.split(/[/?]/)[1]) ?? [
    'view-fleet',
    'attention',
    'fleet-map',
    'heatmap',
    'cells',
    'spark',
    ...charts
  ]
  if (/[?&]q=/.test(location.hash)) modules.push('search')
  /** @param {object} about */
  const ask = about => document.head.append(Object.assign(document.createElement('link'), about))
  for (const name of modules) ask({ rel: 'modulepreload', href: `${here}${name}.js` })
  if (!modules.includes('view-fleet')) ask({ rel: 'preload', as: 'style', href: `${here}more.css` })
}
{
  let theme = null
  try {
    theme = localStorage.getItem('gpu-theme')
  } catch {
    // Without storage the system's choice holds.
  }
  if (theme !== 'light' && theme !== 'dark')
    theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  document.documentElement.dataset.theme = theme
}
