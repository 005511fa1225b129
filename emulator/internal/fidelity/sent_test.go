package fidelity

import (
	"fmt"
	"strings"
)

// sent is a header with values that an official SDK can send with an upload, and
// what the emulator does with it. The test TestUploadHeaders sends each.
type sent struct {
	name   string
	values []string
	// copy: of a copy alone; else of a PUT, and what is refused or has no effect
	// of every upload.
	copy bool
	// code is that of the refusal; empty: it is accepted.
	code string
	// hint: accepted without effect, and the hint header-without-effect says so.
	hint bool
	what string
	sdks string // whose sources have it
}

const everySDK = "all twelve"

// uploadHeaders are the headers and values that an upload can carry, out of the
// sources of the twelve SDKs.
func uploadHeaders() []sent {
	list := []sent{
		{name: "x-cos-acl", values: []string{"private", "public-read", "authenticated-read", "default", "bucket-owner-read", "bucket-owner-full-control"}, what: "the object's ACL", sdks: everySDK},
		{name: "x-cos-acl", values: []string{"public-read-write"}, code: "InvalidArgument", what: "a bucket's alone (COS docs: ACL)", sdks: "their enums, which buckets share"},
		{name: "x-cos-grant-read", values: []string{`id="100000000001"`, `uin="100000000001"`}, what: "grants", sdks: everySDK},
		{name: "x-cos-grant-write", values: []string{`id="100000000001"`}, what: "passed over on objects (choice 221)", sdks: everySDK},
		{name: "x-cos-grant-full-control", values: []string{`id="100000000001"`}, what: "grants", sdks: everySDK},
		{name: "x-cos-grant-read-acp", values: []string{`id="100000000001"`}, what: "grants", sdks: "go java js nodejs php wx android ios"},
		{name: "x-cos-grant-write-acp", values: []string{`id="100000000001"`}, what: "grants", sdks: "go java js nodejs php wx android ios"},
		{name: "x-cos-meta-a", values: []string{"b"}, what: "kept and given back", sdks: everySDK},
		{name: "x-cos-tagging", values: []string{"a=b&c=d"}, what: "the object's tags", sdks: "go java php python"},
		{name: "x-cos-forbid-overwrite", values: []string{"true", "false"}, what: "409 where the key is taken", sdks: "wx; any by its headers"},
		{name: "x-cos-traffic-limit", values: []string{"838860800"}, what: "bits a second", sdks: "all but c"},
		{name: "x-cos-security-token", values: []string{""}, what: "an empty one is none", sdks: everySDK},
		{name: "x-cos-server-side-encryption", values: []string{"AES256"}, what: "answered; nothing is encrypted", sdks: "all but c"},
		{name: "x-cos-sdk-retry", values: []string{"true"}, what: "passed over: a second attempt says so (choice 410)", sdks: "all but php"},
		{name: "x-cos-date", values: []string{"Tue, 24 Nov 2026 08:00:00 GMT"}, what: "passed over (choice 410)", sdks: "c java android name it"},
		{name: "x-ci-security-token", values: []string{"x"}, what: "passed over: another service's (choice 410)", sdks: "cpp js nodejs php python wx android"},
		{name: "cache-control", values: []string{"no-cache"}, what: "kept and given back", sdks: everySDK},
		{name: "content-disposition", values: []string{"attachment"}, what: "kept and given back", sdks: everySDK},
		{name: "content-encoding", values: []string{"gzip"}, what: "kept and given back", sdks: everySDK},
		{name: "content-language", values: []string{"zh"}, what: "kept and given back", sdks: everySDK},
		{name: "content-type", values: []string{"image/png"}, what: "kept and given back", sdks: everySDK},
		{name: "expires", values: []string{"Tue, 24 Nov 2026 08:00:00 GMT"}, what: "kept and given back", sdks: everySDK},
		{name: "x-cos-metadata-directive", values: []string{"Copy", "COPY", "Replaced", "REPLACE"}, copy: true, what: "whether the source's metadata is kept", sdks: "all but c"},
		{name: "x-cos-tagging-directive", values: []string{"Copy", "Replaced"}, copy: true, what: "whether the source's tags are kept", sdks: "go"},
		{name: "x-cos-copy-source-if-modified-since", values: []string{"Mon, 23 Nov 2026 08:00:00 GMT"}, copy: true, what: "a condition", sdks: "all but c"},
		{name: "x-cos-copy-source-if-unmodified-since", values: []string{"Wed, 25 Nov 2026 08:00:00 GMT"}, copy: true, what: "a condition", sdks: "all but c"},
		{name: "x-cos-copy-source-if-match", values: []string{"*"}, copy: true, what: "a condition", sdks: "all but c"},
		{name: "x-cos-copy-source-if-none-match", values: []string{`"x"`}, copy: true, what: "a condition", sdks: "all but c"},
	}
	return append(append(append(list, classesSent()...), refusedSent()...), hintedSent()...)
}

func classesSent() []sent {
	const name, sdks = "x-cos-storage-class", "all but c; the last ones java android ios"
	return []sent{
		{name: name, values: []string{"STANDARD", "STANDARD_IA", "ARCHIVE", "DEEP_ARCHIVE", "COLD"}, what: "the object's class", sdks: sdks},
		{name: name, values: []string{"Standard", "Standard_IA", "Archive", "Deep_Archive"}, what: "the same (choice 405)", sdks: "java"},
		{name: name, values: []string{"INTELLIGENT_TIERING", "Intelligent_Tiering"}, code: "NotSupportedStorageClass", what: "until the bucket enables it (choice 407)", sdks: sdks},
		{name: name, values: []string{"MAZ_STANDARD", "MAZ_STANDARD_IA", "MAZ_INTELLIGENT_TIERING", "MAZ_ARCHIVE", "MAZ_DEEP_ARCHIVE", "MAZ_COLD", "Maz_Standard", "Maz_Standard_IA", "Maz_Intelligent_Tiering"}, code: "MAZOperationNotSupportOnOAZBucket", what: "in a bucket of one zone", sdks: sdks},
	}
}

func refusedSent() []sent {
	const code, what = "NotImplemented", "by name (choice 409)"
	key := "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	return []sent{
		{name: "pic-operations", values: []string{`{"is_pic_info":1,"rules":[]}`}, code: code, what: what, sdks: everySDK},
		{name: "x-cos-callback", values: []string{"e30="}, code: code, what: what, sdks: "c js"},
		{name: "x-cos-callback-var", values: []string{"e30="}, code: code, what: what, sdks: "c js"},
		{name: "x-cos-return-body", values: []string{"e30="}, code: code, what: what, sdks: "js"},
		{name: "x-cos-mime-limit", values: []string{"image/*"}, code: code, what: what, sdks: "js nodejs wx"},
		{name: "x-cos-server-side-encryption-qcloud-kms-key-id", values: []string{"k"}, code: code, what: what, sdks: "java android"},
		{name: "x-cos-server-side-encryption-aws-kms-key-id", values: []string{"k"}, code: code, what: what, sdks: "php"},
		{name: "if-match", values: []string{"*"}, code: code, what: what, sdks: "any by its headers"},
		{name: "if-none-match", values: []string{"*"}, code: code, what: what, sdks: "any by its headers"},
		{name: "if-modified-since", values: []string{"Tue, 24 Nov 2026 08:00:00 GMT"}, code: code, what: what, sdks: "any by its headers"},
		{name: "if-unmodified-since", values: []string{"Tue, 24 Nov 2026 08:00:00 GMT"}, code: code, what: what, sdks: "any by its headers"},
		{name: "x-cos-server-side-encryption-customer-algorithm", values: []string{"AES256"}, code: code, what: "by name; with a key that does not fit InvalidArgument (choice 433)", sdks: "all but c cpp"},
		{name: "x-cos-server-side-encryption-customer-key", values: []string{key}, code: "InvalidArgument", what: "without the rest (choice 433)", sdks: "all but c cpp"},
		{name: "x-cos-server-side-encryption-customer-key-md5", values: []string{key}, code: "InvalidArgument", what: "without the rest (choice 433)", sdks: "all but c cpp"},
	}
}

func hintedSent() []sent {
	var list []sent
	for _, h := range [...][2]string{
		{"x-cos-website-redirect-location", "java php android"},
		{"x-cos-request-payer", "php"},
		{"x-cos-content-sha1", "c cpp go ios"},
		{"x-cos-object-type", "c cpp go android name it"},
		{"x-cos-mfa", "js nodejs php wx name it"},
	} {
		list = append(list, sent{name: h[0], values: []string{"x"}, hint: true, what: "without effect, and a hint says so (choice 410)", sdks: h[1]})
	}
	return list
}

// writeUploadHeaders writes the section of the page on them.
func writeUploadHeaders(b *strings.Builder) {
	b.WriteString("\n## What the SDKs send with an upload\nEvery header and value that the twelve SDKs' sources can send with PUT, POST, Append and Copy Object, " +
		"Initiate, Upload Part and Complete. TestUploadHeaders sends each.\n\n| header | values | cosemu | what | SDKs |\n|---|---|---|---|---|\n")
	for _, s := range uploadHeaders() {
		does := "accepts"
		switch {
		case s.code != "":
			does = "refuses: `" + s.code + "`"
		case s.hint:
			does = "accepts, with a hint"
		case s.copy:
			does = "accepts on copies"
		}
		fmt.Fprintf(b, "| `%s` | `%s` | %s | %s | %s |\n", s.name, strings.Join(s.values, "`, `"), does, cell(s.what), cell(s.sdks))
	}
}
