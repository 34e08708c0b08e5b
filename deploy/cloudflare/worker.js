// In the Worker: shows which version has answered. wrangler.toml: [version_metadata] binding = "CF_VERSION_METADATA"
export function withVersion(response, env) {
  const shown = new Response(response.body, response);
  shown.headers.set("x-worker-version", env.CF_VERSION_METADATA.id);
  return shown;
}
