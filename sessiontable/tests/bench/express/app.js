// The benchmark's app on Express: bare, or with express-session's own memory store. Its port is an open descriptor.
"use strict";
const express = require("express");

const [variant, descriptor] = process.argv.slice(2);
const app = express();
let count = 0;

if (variant === "memory") {
  const session = require("express-session");
  app.use(session({ secret: "bench", resave: false, saveUninitialized: false }));
  app.get("/login", (request, response) => {
    request.session.name = "alice";
    response.type("text").send("in");
  });
  app.get("/read", (request, response) => response.type("text").send(request.session.name));
  app.get("/write", (request, response) => {
    request.session.count = ++count;
    response.type("text").send("written");
  });
  app.get("/last", (request, response) => response.type("text").send(String(request.session.count)));
} else {
  app.get("/read", (request, response) => response.type("text").send("alice"));
  app.get("/write", (request, response) => response.type("text").send("written"));
}
app.listen({ fd: Number(descriptor) });
