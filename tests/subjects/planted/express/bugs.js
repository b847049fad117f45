// Bugs in the Express app: node bugs.js NAME PORT
const { Shop } = require('../../correct/express/shop.js');

const bugs = {
  // Who logged in last is kept in a variable of the module.
  module_user: class extends Shop {
    enter(request, reply, user, done) { this.current = user; super.enter(request, reply, user, done); }
    who(request) { return request.session.user && this.current; }
  },
  // The session of before the login goes on after it, under the same id.
  same_id: class extends Shop {
    settings() { return { ...super.settings(), saveUninitialized: true }; }
    enter(request, reply, user, done) { request.session.user = user; done(); }
  },
  // A logout takes the cookie away, and the store keeps the session.
  logout_cookie: class extends Shop {
    leave(request, reply, done) { reply.clearCookie('connect.sid'); done(); }
  },
  // The page is made from a variable of the module while something is awaited.
  module_state: class extends Shop {
    async home(request, reply) {
      this.user = this.who(request);
      await new Promise(resolve => setTimeout(resolve, 5));
      const user = this.user;
      return super.home({ session: { user } }, reply);
    }
  },
};

new bugs[process.argv[2]]().app.listen(+process.argv[3], '127.0.0.1');
