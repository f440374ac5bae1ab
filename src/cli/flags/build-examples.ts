/** Three builds a newcomer is likely to want. */
export const buildExamples = `Examples:
  tsbuild -t app:1.0 .                             build ./Dockerfile, keep the image in the local store
  tsbuild -t registry.example/app:1.0 --push .     build and push
  tsbuild --target test -o type=cacheonly .        run the steps of one stage, keep nothing but the cache
`
