/** Three common builds. */
export const buildExamples = `Examples:
  tsbuild -t app:1.0 .                             build ./Dockerfile into the local store
  tsbuild -t registry.example/app:1.0 --push .     build and push
  tsbuild --target test -o type=cacheonly .        run the steps of one stage and keep only the cache
`
