/** JSON Schema as a server publishes it. */
type Schema = Record<string, unknown>

interface OpenApi {
  paths: Record<string, { post?: { requestBody?: { content: Record<string, { schema: Schema }> } } }>
  components: { schemas: Record<string, Schema> }
}

/** The schema of a route's body, and those that it refers to, as Fastify takes them. */
export async function publishedSchemas(
  server: string,
  path: string,
): Promise<{ body: Schema; shared: Schema[] }> {
  const answer = await fetch(`${server}/openapi.json`)
  // OpenAPI keeps shared schemas in one place, Fastify by their names.
  const text = (await answer.text()).replaceAll(/#\/components\/schemas\/(\w+)/g, '$1#')
  const { paths, components } = JSON.parse(text) as OpenApi
  const body = paths[path]?.post?.requestBody?.content['application/json']?.schema
  if (body === undefined) throw new Error(`${server} publishes no body for POST ${path}`)
  const shared = Object.entries(components.schemas).map(([$id, schema]) => ({ ...schema, $id }))
  return { body, shared }
}
