package fidelity

import (
	"fmt"
	"strings"
)

// Sent is a header with values that an official SDK can send with an upload, and
// what the emulator does with it. The test TestUploadHeaders sends each.
type Sent struct {
	Name   string
	Values []string
	// Copy: of a copy alone; else of a PUT, and what is refused or has no effect
	// of every upload.
	Copy bool
	// Code is that of the refusal; empty: it is accepted.
	Code string
	// Hint: accepted without effect, and the hint header-without-effect says so.
	Hint bool
	What string
	SDKs string // whose sources have it
}

const everySDK = "all twelve"

// UploadHeaders are the headers and values that an upload can carry, out of the
// sources of the twelve SDKs.
func UploadHeaders() []Sent {
	sent := []Sent{
		{Name: "x-cos-acl", Values: []string{"private", "public-read", "authenticated-read", "default", "bucket-owner-read", "bucket-owner-full-control"}, What: "the object's ACL", SDKs: everySDK},
		{Name: "x-cos-acl", Values: []string{"public-read-write"}, Code: "InvalidArgument", What: "a bucket's alone (COS docs: ACL)", SDKs: "their enums, which buckets share"},
		{Name: "x-cos-grant-read", Values: []string{`id="100000000001"`, `uin="100000000001"`}, What: "grants", SDKs: everySDK},
		{Name: "x-cos-grant-write", Values: []string{`id="100000000001"`}, What: "passed over on objects (choice 221)", SDKs: everySDK},
		{Name: "x-cos-grant-full-control", Values: []string{`id="100000000001"`}, What: "grants", SDKs: everySDK},
		{Name: "x-cos-grant-read-acp", Values: []string{`id="100000000001"`}, What: "grants", SDKs: "go java js nodejs php wx android ios"},
		{Name: "x-cos-grant-write-acp", Values: []string{`id="100000000001"`}, What: "grants", SDKs: "go java js nodejs php wx android ios"},
		{Name: "x-cos-meta-a", Values: []string{"b"}, What: "kept and given back", SDKs: everySDK},
		{Name: "x-cos-tagging", Values: []string{"a=b&c=d"}, What: "the object's tags", SDKs: "go java php python"},
		{Name: "x-cos-forbid-overwrite", Values: []string{"true", "false"}, What: "409 where the key is taken", SDKs: "wx; any by its headers"},
		{Name: "x-cos-traffic-limit", Values: []string{"838860800"}, What: "bits a second", SDKs: "all but c"},
		{Name: "x-cos-security-token", Values: []string{""}, What: "an empty one is none", SDKs: everySDK},
		{Name: "x-cos-server-side-encryption", Values: []string{"AES256"}, What: "answered; nothing is encrypted", SDKs: "all but c"},
		{Name: "x-cos-sdk-retry", Values: []string{"true"}, What: "passed over: a second attempt says so (choice 410)", SDKs: "all but php"},
		{Name: "x-cos-date", Values: []string{"Tue, 24 Nov 2026 08:00:00 GMT"}, What: "passed over (choice 410)", SDKs: "c java android name it"},
		{Name: "x-ci-security-token", Values: []string{"x"}, What: "passed over: another service's (choice 410)", SDKs: "cpp js nodejs php python wx android"},
		{Name: "cache-control", Values: []string{"no-cache"}, What: "kept and given back", SDKs: everySDK},
		{Name: "content-disposition", Values: []string{"attachment"}, What: "kept and given back", SDKs: everySDK},
		{Name: "content-encoding", Values: []string{"gzip"}, What: "kept and given back", SDKs: everySDK},
		{Name: "content-language", Values: []string{"zh"}, What: "kept and given back", SDKs: everySDK},
		{Name: "content-type", Values: []string{"image/png"}, What: "kept and given back", SDKs: everySDK},
		{Name: "expires", Values: []string{"Tue, 24 Nov 2026 08:00:00 GMT"}, What: "kept and given back", SDKs: everySDK},
		{Name: "x-cos-metadata-directive", Values: []string{"Copy", "COPY", "Replaced", "REPLACE"}, Copy: true, What: "whether the source's metadata is kept", SDKs: "all but c"},
		{Name: "x-cos-tagging-directive", Values: []string{"Copy", "Replaced"}, Copy: true, What: "whether the source's tags are kept", SDKs: "go"},
		{Name: "x-cos-copy-source-if-modified-since", Values: []string{"Mon, 23 Nov 2026 08:00:00 GMT"}, Copy: true, What: "a condition", SDKs: "all but c"},
		{Name: "x-cos-copy-source-if-unmodified-since", Values: []string{"Wed, 25 Nov 2026 08:00:00 GMT"}, Copy: true, What: "a condition", SDKs: "all but c"},
		{Name: "x-cos-copy-source-if-match", Values: []string{"*"}, Copy: true, What: "a condition", SDKs: "all but c"},
		{Name: "x-cos-copy-source-if-none-match", Values: []string{`"x"`}, Copy: true, What: "a condition", SDKs: "all but c"},
	}
	return append(append(append(sent, classesSent()...), refusedSent()...), hintedSent()...)
}

func classesSent() []Sent {
	const name, sdks = "x-cos-storage-class", "all but c; the last ones java android ios"
	return []Sent{
		{Name: name, Values: []string{"STANDARD", "STANDARD_IA", "ARCHIVE", "DEEP_ARCHIVE", "COLD"}, What: "the object's class", SDKs: sdks},
		{Name: name, Values: []string{"Standard", "Standard_IA", "Archive", "Deep_Archive"}, What: "the same (choice 405)", SDKs: "java"},
		{Name: name, Values: []string{"INTELLIGENT_TIERING", "Intelligent_Tiering"}, Code: "NotSupportedStorageClass", What: "until the bucket enables it (choice 407)", SDKs: sdks},
		{Name: name, Values: []string{"MAZ_STANDARD", "MAZ_STANDARD_IA", "MAZ_INTELLIGENT_TIERING", "MAZ_ARCHIVE", "MAZ_DEEP_ARCHIVE", "MAZ_COLD", "Maz_Standard", "Maz_Standard_IA", "Maz_Intelligent_Tiering"}, Code: "MAZOperationNotSupportOnOAZBucket", What: "in a bucket of one zone", SDKs: sdks},
	}
}

func refusedSent() []Sent {
	const code, what = "NotImplemented", "by name (choice 409)"
	key := "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	return []Sent{
		{Name: "pic-operations", Values: []string{`{"is_pic_info":1,"rules":[]}`}, Code: code, What: what, SDKs: everySDK},
		{Name: "x-cos-callback", Values: []string{"e30="}, Code: code, What: what, SDKs: "c js"},
		{Name: "x-cos-callback-var", Values: []string{"e30="}, Code: code, What: what, SDKs: "c js"},
		{Name: "x-cos-return-body", Values: []string{"e30="}, Code: code, What: what, SDKs: "js"},
		{Name: "x-cos-mime-limit", Values: []string{"image/*"}, Code: code, What: what, SDKs: "js nodejs wx"},
		{Name: "x-cos-server-side-encryption-qcloud-kms-key-id", Values: []string{"k"}, Code: code, What: what, SDKs: "java android"},
		{Name: "x-cos-server-side-encryption-aws-kms-key-id", Values: []string{"k"}, Code: code, What: what, SDKs: "php"},
		{Name: "if-match", Values: []string{"*"}, Code: code, What: what, SDKs: "any by its headers"},
		{Name: "if-none-match", Values: []string{"*"}, Code: code, What: what, SDKs: "any by its headers"},
		{Name: "if-modified-since", Values: []string{"Tue, 24 Nov 2026 08:00:00 GMT"}, Code: code, What: what, SDKs: "any by its headers"},
		{Name: "if-unmodified-since", Values: []string{"Tue, 24 Nov 2026 08:00:00 GMT"}, Code: code, What: what, SDKs: "any by its headers"},
		{Name: "x-cos-server-side-encryption-customer-algorithm", Values: []string{"AES256"}, Code: code, What: "by name; with a key that does not fit InvalidArgument (choice 433)", SDKs: "all but c cpp"},
		{Name: "x-cos-server-side-encryption-customer-key", Values: []string{key}, Code: "InvalidArgument", What: "without the rest (choice 433)", SDKs: "all but c cpp"},
		{Name: "x-cos-server-side-encryption-customer-key-md5", Values: []string{key}, Code: "InvalidArgument", What: "without the rest (choice 433)", SDKs: "all but c cpp"},
	}
}

func hintedSent() []Sent {
	var sent []Sent
	for _, h := range [...][2]string{
		{"x-cos-website-redirect-location", "java php android"},
		{"x-cos-request-payer", "php"},
		{"x-cos-content-sha1", "c cpp go ios"},
		{"x-cos-object-type", "c cpp go android name it"},
		{"x-cos-mfa", "js nodejs php wx name it"},
	} {
		sent = append(sent, Sent{Name: h[0], Values: []string{"x"}, Hint: true, What: "without effect, and a hint says so (choice 410)", SDKs: h[1]})
	}
	return sent
}

// sweep is the section of the file on them.
func sweep(b *strings.Builder) {
	b.WriteString("\n## What the SDKs send with an upload\nEvery header and value that the twelve SDKs' sources can send with PUT, POST, Append and Copy Object, " +
		"Initiate, Upload Part and Complete. TestUploadHeaders sends each.\n\n| header | values | cosemu | what | SDKs |\n|---|---|---|---|---|\n")
	for _, s := range UploadHeaders() {
		does := "accepts"
		switch {
		case s.Code != "":
			does = "refuses: `" + s.Code + "`"
		case s.Hint:
			does = "accepts, with a hint"
		case s.Copy:
			does = "accepts on copies"
		}
		fmt.Fprintf(b, "| `%s` | `%s` | %s | %s | %s |\n", s.Name, strings.Join(s.Values, "`, `"), does, cell(s.What), cell(s.SDKs))
	}
}
