// The loop of the API's documentation, fed from the command line:
//   node fetch_loop.mjs URL KEY BODY
const [url, key, body] = process.argv.slice(2);

const response = await fetch(url, {
  method: "POST",
  credentials: "include",
  headers: {
    "Content-Type": "application/json",
    Authorization: `Bearer ${key}`,
  },
  body,
});
if (response.status !== 200) {
  console.error(response.status, await response.text());
  process.exit(1);
}

const reader = response.body.getReader();
const decoder = new TextDecoder();
let full = "";

while (true) {
  const { done, value } = await reader.read();
  if (done) break;

  const text = decoder.decode(value);
  for (const line of text.split("\n")) {
    if (line.startsWith("data: ")) {
      const payload = line.slice(6);
      if (payload === "[DONE]") break;
      const { chunk } = JSON.parse(payload);
      full += chunk;
    }
  }
}
process.stdout.write(full);
