/**
 * Programs that a shell script calls by name: the first words of its simple commands.
 * The parser covers the syntax that the scripts of this repository use.
 */
export function programsOfScript(script: string): readonly string[] {
  const text = script
    .replaceAll(/<<-?\s*(['"]?)(\w+)\1(.*)\n[\s\S]*?^\s*\2$/gm, '$3\n')
    .replaceAll(/^\s*#.*$/gm, '')
    .replaceAll('\\\n', ' ')
    .replaceAll(/\\.|\$\{[^}]*(?:\}|$)/g, '_')
    .replaceAll(
      /"(?:\$\([^)]*\)|[^"])*"/g,
      (quoted) => [...quoted.matchAll(/\$\(([^)]*)\)/g)].map(([, inner = '']) => `\n${inner}\n`).join('') || '_',
    )
    .replaceAll(/'[^']*'/g, '_')
  const functions = new Set([...text.matchAll(/(\w+)\s*\(\)/g)].map(([, name]) => name))
  return text.split(/[\n;|&(){}`]+|\b(?:do|then|else|elif|if|while|until)\s/).flatMap((command) => {
    const words = command.trim().replace(/^(?:!\s+|exec\s+|\w+=\S*\s+|\d?[<>]+\S*\s+)+/, '')
    const [, program] = /^([a-z][\w.+-]*)(?=\s|$)/.exec(words) ?? []
    return program === undefined || functions.has(program) ? [] : [program]
  })
}

const literal = /'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`/
const literals = new RegExp(literal, 'g')

/** A call with the name of a program as its first argument, and the array of arguments after it. */
const starters = new RegExp(
  String.raw`\b(?:spawn|spawnSync|execFile|execFileSync|runProgram|runOrThrow|findProgram)\b\)?\(\s*'([\w.+-]+)'(?:,\s*\[((?:${literal.source}|[^\]'\`])*)\])?`,
  'g',
)

/** Programs that run another one: the first of their arguments that is no option. */
const wrappers = new Set(['setpriv', 'unshare'])

/**
 * Programs that a TypeScript file calls by literal names, with those of the shell scripts that it
 * passes along.
 */
export function programsOfSource(text: string): readonly string[] {
  const required = [...text.matchAll(/\bwithoutPrograms\(([^)]*)\)/g)].flatMap(([, args = '']) => literalsOf(args))
  const started = [...text.matchAll(starters)].flatMap(([, program = '', args = '']) => {
    const wrapped = wrappers.has(program) ? literalsOf(args).find((value) => /^[a-z][\w.+-]*$/.test(value)) : undefined
    return [program, ...(wrapped === undefined ? [] : [wrapped]), ...scriptsOf(args, text).flatMap(programsOfScript)]
  })
  return [...required, ...started]
}

function literalsOf(text: string): readonly string[] {
  return [...text.matchAll(literals)].map(([, quoted, template]) => quoted ?? template ?? '')
}

/** Literals after a flag such as `-c` of a shell, given in place or by the name of a constant. */
function scriptsOf(args: string, text: string): readonly string[] {
  const [, name, following = ''] = /'-[a-z]*c',\s*(?:(\w+)|(['`][\s\S]*))/.exec(args) ?? []
  const constant = name === undefined ? following : (text.split(new RegExp(String.raw`const ${name} =\s*`))[1] ?? '')
  return literalsOf(constant)
    .slice(0, 1)
    .map((script) => script.replaceAll('\\n', '\n'))
}
