/** The library has no types of its own: a duplex stream that decompresses bzip2. */
declare module 'unbzip2-stream' {
  export default function bunzip2(): NodeJS.ReadWriteStream
}
