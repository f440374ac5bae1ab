// Pulls an image, runs a step on it and pushes the result. Works as part of a bundle:
//   esbuild deploy.ts --bundle --platform=node --format=esm --outfile=deploy.mjs
// RUN starts files of the package, so the package `tsbuild` is installed where the bundle runs.
import { build } from 'tsbuild'

const [base = '', name = '', root = ''] = process.argv.slice(2)
const { digest } = await build({
  context: { Dockerfile: `FROM ${base}\nRUN echo deployed > /a\n` },
  root,
  tags: [name],
  push: true,
})
console.log(digest)
