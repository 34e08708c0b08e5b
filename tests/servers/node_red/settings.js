// Node-RED with one user, and its files in the directory of the run.
const bcrypt = require("bcryptjs");

module.exports = {
    uiHost: "127.0.0.1",
    uiPort: Number(process.env.PORT),
    userDir: process.cwd() + "/user",
    credentialSecret: "a secret of this editor alone",
    logging: { console: { level: "warn" } },
    adminAuth: {
        type: "credentials",
        users: [{
            username: process.env.ACCOUNT,
            password: bcrypt.hashSync(process.env.PASSWORD, 8),
            permissions: "*",
        }],
    },
};
