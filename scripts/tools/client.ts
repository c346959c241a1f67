// A client as a front-end would write it against the generated types. Checked, never run.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

const client = createClient<paths>({ baseUrl: "http://127.0.0.1:3000" });

export async function logIn(email: string, password: string): Promise<string> {
  const { data, error } = await client.POST("/v1/auth/login", { body: { email, password } });
  if (error) throw new Error(`${error.code}: ${error.title}`);
  return data.accessToken;
}

export async function month(accessToken: string, from: string, to: string): Promise<string[]> {
  const { data } = await client.GET("/v1/events", {
    params: { query: { from, to } },
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const items: components["schemas"]["Event"][] = data?.items ?? [];
  // Whoever may learn only that somebody is busy gets no title.
  return items.map((event) => event.title ?? "busy");
}
