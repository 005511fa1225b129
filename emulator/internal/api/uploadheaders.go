package api

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// refuseUnsupported refuses by name what would make another answer of an upload,
// or another verdict, than cosemu has (sdk: the request headers of the twelve
// SDKs; choice 409).
func refuseUnsupported(h http.Header) error {
	for _, name := range [...]string{
		"Pic-Operations", "X-Cos-Callback", "X-Cos-Callback-Var", "X-Cos-Return-Body", "X-Cos-Mime-Limit",
		"X-Cos-Server-Side-Encryption-Qcloud-Kms-Key-Id", "X-Cos-Server-Side-Encryption-Aws-Kms-Key-Id",
		"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since",
	} {
		if first(h, name) != "" {
			return coserr.New(coserr.NotImplemented).
				WithMessage("cosemu does not support the header " + strings.ToLower(name) + " on an upload.")
		}
	}
	return nil
}

// withoutEffect are the headers of an upload that change nothing here, though
// they may in the cloud (choice 410).
func withoutEffect(h http.Header) []string {
	var names []string
	for _, name := range [...]string{
		"X-Cos-Website-Redirect-Location", "X-Cos-Request-Payer", "X-Cos-Content-Sha1", "X-Cos-Object-Type", "X-Cos-Mfa",
	} {
		if first(h, name) != "" {
			names = append(names, strings.ToLower(name))
		}
	}
	return names
}

var wordsHintWithoutEffect = diagnose.Message{
	ID: "header-without-effect",
	Sentence: diagnose.Text{
		En: "The upload was stored as if these headers had not been sent: {detail}.",
		Zh: "对象已保存，但以下头部没有起作用：{detail}。",
	},
	Advice: diagnose.Text{
		En: "cosemu does nothing with them. Check in the cloud what depends on them.",
		Zh: "cosemu 不处理这些头部。依赖它们的功能请在线上 COS 验证。",
	},
}

// uploadHeader is what an upload says of its object: in the headers, or in a
// form's fields.
func (c *call) uploadHeader() http.Header {
	if c.form == nil {
		return c.http.Header
	}
	h, err := c.form.Header()
	if err != nil {
		return nil // refused where it is read
	}
	return h
}
