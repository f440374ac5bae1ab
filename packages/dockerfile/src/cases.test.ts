import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { codeFrame } from './text/code-frame.ts'
import { DockerfileError } from './text/errors.ts'
import { parseDockerfile } from './parse-dockerfile.ts'

// A golden folder holds a Dockerfile and what comes of it; `vitest -u` writes the expectations
// anew.
const folder = (kind: string): string => new URL(`../${kind}/`, import.meta.url).pathname

describe('accepted', () => {
  test.each(readdirSync(folder('cases')))('%s', async (name) => {
    const directory = `${folder('cases')}${name}`
    const { directives, globalArgs, stages, warnings } = parseDockerfile(readFileSync(`${directory}/Dockerfile`))
    const shown = JSON.stringify({ directives, globalArgs, stages, warnings }, shortRanges, 2)
    await expect(`${shown}\n`).toMatchFileSnapshot(`${directory}/expected.json`)
  })
})

describe('refused', () => {
  test.each(readdirSync(folder('cases-invalid')))('%s', async (name) => {
    const directory = `${folder('cases-invalid')}${name}`
    const input = readFileSync(`${directory}/Dockerfile`)
    const error = errorOf(input)
    const frame =
      error.range === undefined ? '' : `${codeFrame(input.toString(), error.range, { name: 'Dockerfile' })}\n`
    const hint = error.hint === undefined ? '' : `hint: ${error.hint}\n`
    await expect(`${error.code}\n${error.message}\n${frame}${hint}`).toMatchFileSnapshot(`${directory}/expected.txt`)
  })
})

function errorOf(input: Uint8Array): DockerfileError {
  try {
    parseDockerfile(input)
  } catch (error) {
    if (error instanceof DockerfileError) return error
    throw error
  }
  throw new Error('the Dockerfile was accepted')
}

/** `2:1-2:9` instead of twelve lines. */
function shortRanges(key: string, value: unknown): unknown {
  if (key !== 'range') return value
  return JSON.stringify(value).replace(/^\D+(\d+)\D+(\d+)\D+(\d+)\D+(\d+)\D+$/, '$1:$2-$3:$4')
}
