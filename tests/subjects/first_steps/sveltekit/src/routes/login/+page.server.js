import { fail, redirect } from '@sveltejs/kit';
import * as db from '$lib/server/database';

export const actions = {
	login: async ({ cookies, request }) => {
		const data = await request.formData();
		const email = data.get('email');
		if (!email) return fail(400, { email, missing: true });
		const user = db.verify(email, data.get('password'));
		if (!user) return fail(400, { email, incorrect: true });
		cookies.set('sessionid', db.createSession(user), { path: '/' });
		redirect(303, '/account');
	},
	register: async ({ cookies, request }) => {
		const data = await request.formData();
		const email = data.get('email');
		if (!db.createUser(email, data.get('password'))) return fail(400, { email, exists: true });
		cookies.set('sessionid', db.createSession(db.verify(email, data.get('password'))), { path: '/' });
		redirect(303, '/account');
	}
};
