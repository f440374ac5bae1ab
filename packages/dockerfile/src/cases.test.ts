import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { codeFrame } from './text/code-frame.ts'
import { DockerfileError } from './text/errors.ts'
import { parseDockerfile } from './parse-dockerfile.ts'

// A golden folder `cases/<area>/<name>` holds a Dockerfile and `expected.json`, which `vitest -u`
// writes anew.
const root = new URL('../cases/', import.meta.url).pathname
const namesIn = (area: string): readonly string[] => readdirSync(`${root}${area}`)

describe('accepted', () => {
  test.each(namesIn('accepted'))('%s', async (name) => {
    const directory = `${root}accepted/${name}`
    const { directives, globalArgs, stages, warnings } = parseDockerfile(readFileSync(`${directory}/Dockerfile`))
    const shown = JSON.stringify({ directives, globalArgs, stages, warnings }, shortRanges, 2)
    await expect(`${shown}\n`).toMatchFileSnapshot(`${directory}/expected.json`)
  })
})

describe('refused', () => {
  test.each(namesIn('refused'))('%s', async (name) => {
    const directory = `${root}refused/${name}`
    const input = readFileSync(`${directory}/Dockerfile`)
    const { code, message, range, hint } = errorOf(input)
    const frame = range && codeFrame(input.toString(), range, { name: 'Dockerfile' }).split('\n')
    const shown = JSON.stringify({ code, message, frame, hint }, undefined, 2)
    await expect(`${shown}\n`).toMatchFileSnapshot(`${directory}/expected.json`)
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
