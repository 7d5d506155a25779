// Starts Swagger UI on the document that the page names. A file of its own, because the
// page's policy lets no inline script run.
"use strict";

const EXAMPLE_KEY = '"2f9c1b6e-6d3a-4a1e-9b55-0d6f6f1f7a10"';

// crypto.randomUUID exists on HTTPS and localhost only.
function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return '"' + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") + '"';
}

// Each press of "Execute" is a new act, unless the reader has typed a key of their own:
// with the example's key the second press would only repeat the first answer.
function renewExampleKey(request) {
  if (request.headers && request.headers["Idempotency-Key"] === EXAMPLE_KEY) {
    request.headers["Idempotency-Key"] = freshKey();
  }
  return request;
}

window.ui = SwaggerUIBundle({
  url: document.body.dataset.document,
  dom_id: "#swagger-ui",
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  tryItOutEnabled: true,
  persistAuthorization: true,
  displayRequestDuration: true,
  showExtensions: true,
  showCommonExtensions: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor: renewExampleKey,
});
