// Classic and blocking: a dark page does not flash white first, and the modules of the
// view that is asked for come with the first ones.
{
  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src.replace(/[^/]*$/, '')
  const charts = ['history', 'chart', 'problem']
  // A view is what somebody wrote into the address: constructor is one that no list has.
  const modules = new Map(
    Object.entries({
      nodes: ['view-nodes', 'table', 'spark', 'scale', 'problem'],
      node: ['view-node', 'facts', ...charts],
      gpus: ['view-gpus', 'table', 'problem'],
      gpu: ['view-gpu', 'facts', ...charts],
      processes: ['view-processes', 'facts', 'table', 'problem'],
      status: ['view-status', 'facts']
    })
  ).get(location.hash.split(/[/?]/)[1]) ?? ['view-fleet', 'heatmap', 'spark', 'scale', ...charts]
  for (const name of modules) {
    const link = document.createElement('link')
    link.rel = 'modulepreload'
    link.href = `${here}${name}.js`
    document.head.append(link)
  }
}
try {
  const theme = localStorage.getItem('gpu-theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Without storage the system's choice holds.
}
