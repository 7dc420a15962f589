import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { PrismaPg } from '@prisma/adapter-pg'
import * as runtime from '@prisma/client/runtime/client'
import { prisma } from '../../src/databases/prisma.ts'
import { mysqlAddress } from './database.ts'
import type { Library } from './library.ts'

/**
 * A client as `prisma generate` writes it for a schema without models, its types included: generating needs the
 * command line of Prisma, which is large, and running needs only this.
 */
export interface PrismaClient {
  $connect(): runtime.Types.Utils.JsPromise<void>
  $disconnect(): runtime.Types.Utils.JsPromise<void>
  $executeRawUnsafe(query: string, ...values: unknown[]): PrismaPromise<number>
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): PrismaPromise<T>
  $transaction<P extends PrismaPromise<unknown>[]>(
    arg: [...P],
    options?: TransactionOptions,
  ): runtime.Types.Utils.JsPromise<runtime.Types.Utils.UnwrapTuple<P>>
  $transaction<R>(
    fn: (prisma: TransactionClient) => runtime.Types.Utils.JsPromise<R>,
    options?: TransactionOptions,
  ): runtime.Types.Utils.JsPromise<R>
}

type PrismaPromise<T> = runtime.Types.Public.PrismaPromise<T>
export type TransactionClient = Omit<PrismaClient, runtime.ITXClientDenyList>

interface TransactionOptions {
  maxWait?: number
  timeout?: number
  isolationLevel?: 'ReadUncommitted' | 'ReadCommitted' | 'RepeatableRead' | 'Serializable'
}

type Provider = 'postgresql' | 'mysql'

export function clientOf(activeProvider: Provider, adapter: PrismaPg | PrismaMariaDb): PrismaClient {
  const config: runtime.GetPrismaClientConfig = {
    previewFeatures: [],
    clientVersion: '7.10.1',
    engineVersion: 'd1b3f377ca835d73fd50954a5e22128b9ebdd6b8',
    activeProvider,
    inlineSchema: `datasource db {\n  provider = "${activeProvider}"\n}\n`,
    runtimeDataModel: { models: {}, enums: {}, types: {} },
    parameterizationSchema: { strings: [], graph: 'AAAA' },
    compilerWasm: compilerOf(activeProvider),
  }
  const Client = runtime.getPrismaClient(config) as unknown as new (options: object) => PrismaClient
  return new Client({ adapter })
}

/** The compiler of queries, which comes with the client. Neither it nor the runtime's WebAssembly has types here. */
function compilerOf(provider: Provider): runtime.GetPrismaClientConfig['compilerWasm'] {
  const file = `@prisma/client/runtime/query_compiler_fast_bg.${provider}`
  return {
    getRuntime: () => import(`${file}.mjs`),
    getQueryCompilerWasmModule: async () => {
      const { wasm } = await import(`${file}.wasm-base64.mjs`)
      const { WebAssembly } = globalThis as unknown as {
        WebAssembly: { Module: new (of: Buffer) => unknown }
      }
      return new WebAssembly.Module(Buffer.from(wasm, 'base64'))
    },
    importName: './query_compiler_fast_bg.js',
  }
}

export const PRISMA_POSTGRES: Library<TransactionClient> = {
  name: 'Prisma on PostgreSQL',
  dialect: 'postgres',
  open: (connectionString, max) => {
    const client = clientOf('postgresql', new PrismaPg({ connectionString, max }))
    return {
      database: prisma(client),
      leave: (transaction, what) =>
        transaction.$executeRawUnsafe('INSERT INTO effects (what) VALUES ($1)', what),
      close: () => client.$disconnect(),
    }
  },
}

export const PRISMA_MYSQL: Library<TransactionClient> = {
  name: 'Prisma on MariaDB',
  dialect: 'mysql',
  open: (url, connectionLimit) => {
    const client = clientOf('mysql', new PrismaMariaDb({ ...mysqlAddress(url), connectionLimit }))
    return {
      database: prisma(client),
      leave: (transaction, what) =>
        transaction.$executeRawUnsafe('INSERT INTO effects (what) VALUES (?)', what),
      close: () => client.$disconnect(),
    }
  },
}
