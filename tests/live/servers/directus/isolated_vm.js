// Stands in for the compiled part of isolated-vm: only the "run script" operation of flows needs it.
const names = ['Isolate', 'Context', 'Reference', 'ExternalCopy', 'Callback', 'Script', 'Module'];
module.exports = { ivm: Object.fromEntries(names.map((name) => [name, class {}])) };
