// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btf.c - the guest kernel's BTF: where its structures have their fields.
 *
 * Types lie one behind the other, each as long as its kind says, and are known by their
 * number. So they are counted once.
 *
 * Must hold: all of it comes from the guest: it is copied once, each record lies in the copy,
 * strings have an end, and there is one to types that lead to each other.
 */
#include "btf.h"

#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#define BTF_SIZE_MAX (64u << 20) /* a distribution's kernel has 6 MiB */
#define LINKS_MAX    64u	 /* typedefs of typedefs, structures in structures */
#define MEMBERS_MAX  (1u << 16)	 /* that one search looks at */
#define NAME_MAX_LEN 128u	 /* a structure with a longer name is none that is asked for */

/* The length of a type behind its struct btf_type; -1: of a kind that is not known. */
static int64_t tail_size(uint32_t info)
{
	const int64_t vlen = BTF_INFO_VLEN(info);

	switch (BTF_INFO_KIND(info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen * (int64_t)sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * (int64_t)sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return vlen * (int64_t)sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return vlen * (int64_t)sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return vlen * (int64_t)sizeof(struct btf_var_secinfo);
	default:
		return -1;
	}
}

static bool is_composite(uint32_t info)
{
	return BTF_INFO_KIND(info) == BTF_KIND_STRUCT || BTF_INFO_KIND(info) == BTF_KIND_UNION;
}

static struct btf_type type_at(const struct btf *btf, uint32_t id)
{
	struct btf_type t = { 0 }; /* void */

	if (id && id < btf->count)
		memcpy(&t, btf->types + btf->at[id], sizeof(t));
	return t;
}

static struct btf_member member_at(const struct btf *btf, uint32_t id, uint32_t index)
{
	struct btf_member m;

	memcpy(&m, btf->types + btf->at[id] + sizeof(struct btf_type) + index * sizeof(m),
	       sizeof(m));
	return m;
}

static const char *name_at(const struct btf *btf, uint32_t offset)
{
	return offset < btf->strings_size ? btf->strings + offset : "";
}

static const char *type_name(const struct btf *btf, uint32_t id)
{
	return name_at(btf, type_at(btf, id).name_off);
}

/* Counts the types, and with AT tells where they are; -EINVAL: they do not fill LEN. */
static int walk_types(struct btf *btf, uint32_t len, uint32_t *at)
{
	struct btf_type t;
	uint32_t offset = 0;
	int64_t tail;

	btf->count = 1;
	while (offset < len) {
		if (len - offset < sizeof(t))
			return -EINVAL;
		memcpy(&t, btf->types + offset, sizeof(t));
		tail = tail_size(t.info);
		if (tail < 0 || tail > len - offset - (int64_t)sizeof(t))
			return -EINVAL;
		if (at)
			at[btf->count] = offset;
		btf->count++;
		offset += (uint32_t)sizeof(t) + (uint32_t)tail;
	}
	return 0;
}

/* No more of it than of a name is compared with another: a guest may have one of 60 MiB. */
static bool is_findable(const struct btf *btf, uint32_t id)
{
	const struct btf_type t = type_at(btf, id);
	const uint32_t room = t.name_off < btf->strings_size ? btf->strings_size - t.name_off : 0;

	return is_composite(t.info) && *name_at(btf, t.name_off) &&
	       memchr(btf->strings + t.name_off, '\0', room < NAME_MAX_LEN ? room : NAME_MAX_LEN);
}

static int by_name(const void *a, const void *b, void *ctx)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct btf *btf = ctx;
	int order = strcmp(type_name(btf, x), type_name(btf, y));

	if (order)
		return order;
	return x < y ? -1 : x > y;
}

static int index_types(struct btf *btf, uint32_t len)
{
	int err = walk_types(btf, len, NULL);

	if (err)
		return err;
	btf->at = calloc(btf->count, sizeof(*btf->at));
	btf->named = malloc(btf->count * sizeof(*btf->named));
	if (!btf->at || !btf->named)
		return -ENOMEM;
	err = walk_types(btf, len, btf->at);
	for (uint32_t id = 1; id < btf->count; id++)
		if (is_findable(btf, id))
			btf->named[btf->named_count++] = id;
	qsort_r(btf->named, btf->named_count, sizeof(*btf->named), by_name, btf);
	return err;
}

int btf_load(struct btf *btf, const struct guestmem *mem, uint64_t start, uint64_t end)
{
	const uint64_t size = end - start;
	struct btf_header h;

	*btf = (struct btf){ 0 };
	if (size < sizeof(h) || size > BTF_SIZE_MAX)
		return -EINVAL;
	btf->data = malloc(size);
	if (!btf->data)
		return -ENOMEM;
	if (guestmem_read_kernel(mem, start, btf->data, size) < 0)
		return -EINVAL;
	memcpy(&h, btf->data, sizeof(h));
	if (h.magic != BTF_MAGIC || h.version != BTF_VERSION || h.hdr_len > size ||
	    h.type_off > size - h.hdr_len || h.type_len > size - h.hdr_len - h.type_off ||
	    h.str_off > size - h.hdr_len || h.str_len > size - h.hdr_len - h.str_off || !h.str_len)
		return -EINVAL;
	btf->types = btf->data + h.hdr_len + h.type_off;
	btf->strings = (const char *)btf->data + h.hdr_len + h.str_off;
	btf->strings_size = h.str_len;
	if (btf->strings[h.str_len - 1])
		return -EINVAL;
	return index_types(btf, h.type_len);
}

void btf_free(struct btf *btf)
{
	free(btf->data);
	free(btf->at);
	free(btf->named);
	*btf = (struct btf){ 0 };
}

/* Of several types of one name, which large kernels have, the first one; COUNT: there is none. */
static uint32_t first_named(const struct btf *btf, const char *name)
{
	uint32_t low = 0, high = btf->named_count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (strcmp(type_name(btf, btf->named[mid]), name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_named(const struct btf *btf, uint32_t index, const char *name)
{
	return index < btf->named_count && !strcmp(type_name(btf, btf->named[index]), name);
}

/* The type behind typedefs and qualifiers. */
static uint32_t resolve(const struct btf *btf, uint32_t id)
{
	for (unsigned int i = 0; i < LINKS_MAX; i++) {
		const struct btf_type t = type_at(btf, id);

		switch (BTF_INFO_KIND(t.info)) {
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
			id = t.type;
			break;
		default:
			return id;
		}
	}
	return 0;
}

struct search {
	const struct btf *btf;
	const char *name;
	size_t len;
	uint32_t type;	   /* found: the field's */
	uint64_t bits;	   /* found: its offset */
	unsigned int left; /* members to look at */
};

/* The field of structure ID, which itself is at BITS; anonymous ones in it are searched, too. */
static bool find_field(struct search *s, uint32_t id, uint64_t bits, unsigned int depth)
{
	struct btf_type t;

	id = resolve(s->btf, id);
	t = type_at(s->btf, id);
	if (!is_composite(t.info) || depth == LINKS_MAX)
		return false;
	for (uint32_t i = 0; i < BTF_INFO_VLEN(t.info); i++) {
		const struct btf_member m = member_at(s->btf, id, i);
		const char *name = name_at(s->btf, m.name_off);
		const uint64_t at = bits + (BTF_INFO_KFLAG(t.info) ? BTF_MEMBER_BIT_OFFSET(m.offset)
								   : m.offset);

		if (!s->left)
			return false;
		s->left--;
		if (!*name && find_field(s, m.type, at, depth + 1))
			return true;
		if (strncmp(name, s->name, s->len) != 0 || name[s->len])
			continue;
		s->type = m.type;
		s->bits = at;
		return !BTF_INFO_KFLAG(t.info) || !BTF_MEMBER_BITFIELD_SIZE(m.offset);
	}
	return false;
}

/* LEFT: how many members may be looked at, in all structures of one name. */
static bool find_path(const struct btf *btf, uint32_t id, const char *path, uint64_t *offset,
		      unsigned int *left)
{
	struct search s = { .btf = btf, .type = id, .left = *left };
	uint64_t bits;

	for (;; path += s.len + 1) {
		bits = s.bits;
		s.name = path;
		s.len = strcspn(path, ".");
		if (!s.len || !find_field(&s, s.type, bits, 0)) {
			*left = s.left;
			return false;
		}
		if (!path[s.len])
			break;
	}
	*offset = s.bits / 8;
	return s.bits % 8 == 0 && *offset < BTF_OFFSET_MAX;
}

bool btf_offset(const struct btf *btf, const char *type, const char *path, uint64_t *offset)
{
	unsigned int left = MEMBERS_MAX;

	for (uint32_t i = first_named(btf, type); left && is_named(btf, i, type); i++) {
		left--;
		if (find_path(btf, btf->named[i], path, offset, &left))
			return true;
	}
	return false;
}

bool btf_size(const struct btf *btf, const char *type, uint64_t *size)
{
	const uint32_t i = first_named(btf, type);

	if (!is_named(btf, i, type))
		return false;
	*size = type_at(btf, btf->named[i]).size;
	return true;
}
