import { redirect } from '@sveltejs/kit';

export function load({ locals }) {
	if (!locals.user) redirect(303, '/login');
	return { email: locals.user.email, bio: locals.user.bio };
}

export const actions = {
	default: async ({ locals, request }) => {
		if (!locals.user) redirect(303, '/login');
		locals.user.bio = String((await request.formData()).get('bio'));
	}
};
