package ops

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// Run runs the operation of a call that was judged.
func Run(env *call.Env, c *call.Call) (*call.Reply, error) {
	if err := refuseUnsupported(c); err != nil {
		return nil, err
	}
	return c.Op.Run(env, c)
}

// Refusal is why Run would refuse the call, as far as that can be said without a
// body: cosemu does not have the operation, or the headers of an upload make no
// sense.
func Refusal(env *call.Env, c *call.Call) error {
	if c.Op.Name == "" { // its handler refuses, and does nothing else
		_, err := c.Op.Run(env, c)
		return err
	}
	err := refuseUnsupported(c)
	if err == nil && c.Op.Is(call.Describes) {
		_, err = readMetadata(c, c.HTTP.Header)
	}
	return err
}

// refuseUnsupported refuses by name what would make another answer of an upload,
// or another verdict, than cosemu has (sdk: the request headers of the twelve
// SDKs; choice 409). A form has such names in its fields and in its headers.
func refuseUnsupported(c *call.Call) error {
	if !c.Op.Is(call.Upload) {
		return nil
	}
	both := [2]http.Header{c.HTTP.Header}
	if c.Form != nil {
		both[1] = c.UploadHeader()
	}
	for _, h := range both {
		for _, name := range [...]string{
			"Pic-Operations", "X-Cos-Callback", "X-Cos-Callback-Var", "X-Cos-Return-Body", "X-Cos-Mime-Limit",
			"X-Cos-Server-Side-Encryption-Qcloud-Kms-Key-Id", "X-Cos-Server-Side-Encryption-Aws-Kms-Key-Id",
			"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since",
		} {
			if call.First(h, name) != "" {
				return coserr.New(coserr.NotImplemented).
					WithMessage("cosemu does not support the header " + strings.ToLower(name) + " on an upload.")
			}
		}
	}
	return nil
}

// WithoutEffect are the headers of an upload that change nothing here, though
// they may in the cloud (choice 410).
func WithoutEffect(h http.Header) []string {
	var names []string
	for _, name := range [...]string{
		"X-Cos-Website-Redirect-Location", "X-Cos-Request-Payer", "X-Cos-Content-Sha1", "X-Cos-Object-Type", "X-Cos-Mfa",
	} {
		if call.First(h, name) != "" {
			names = append(names, strings.ToLower(name))
		}
	}
	return names
}
