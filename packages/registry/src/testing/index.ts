export * from './http2-front.ts'
export * from './registry-server.ts'
