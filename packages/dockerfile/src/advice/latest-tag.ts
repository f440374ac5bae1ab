import type { Advice } from './advice.ts'

/** `FROM node`, `FROM node:latest`: another image every few weeks. */
export const latestTag: Advice = {
  rule: 'LatestTag',
  description: 'A base image needs a tag or digest that names a version',
  recommended: true,
  run: ({ stages }) =>
    stages.flatMap(({ index, from }) => {
      const { image, range } = from
      const isStage = stages.slice(0, index).some((stage) => stage.from.alias === image.toLowerCase())
      // The values of variables are unknown before lowering.
      if (isStage || image === 'scratch' || image.includes('$') || image.includes('@')) return []
      const [, tag] = /:([^:/]+)$/.exec(image) ?? []
      if (tag !== undefined && tag !== 'latest') return []
      return [{ message: `Base image '${image}' has no tag that names a version`, range }]
    }),
}
