package ops

import (
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// The headers of server-side encryption (COS docs: 公共请求头部), in canonical form.
const (
	sseName           = "X-Cos-Server-Side-Encryption"
	sseKMSKey         = "X-Cos-Server-Side-Encryption-Cos-Kms-Key-Id"
	sseKMSContext     = "X-Cos-Server-Side-Encryption-Context"
	sseCustomer       = "X-Cos-Server-Side-Encryption-Customer-"
	sseSourceCustomer = "X-Cos-Copy-Source-Server-Side-Encryption-Customer-"
)

// readEncryption keeps the server-side encryption that was asked for, to say
// it again in every answer. Nothing is encrypted: the bytes are on your disk.
// What asks for a key of its own is refused, complete or not: it is never
// stored in clear.
func (m *metadata) readEncryption(h http.Header) error {
	own := customerKey{all(h, sseCustomer+"Algorithm"), all(h, sseCustomer+"Key"), all(h, sseCustomer+"Key-Md5")}
	if err := own.check(sseCustomer); err != nil {
		return err
	}
	switch method := call.First(h, sseName); {
	case method == "cos/kms":
		return coserr.New(coserr.NotImplemented).
			WithMessage("cosemu does not support x-cos-server-side-encryption: cos/kms (SSE-KMS).")
	case call.First(h, sseKMSKey) != "" || call.First(h, sseKMSContext) != "":
		return badEncryption("The headers of SSE-KMS need x-cos-server-side-encryption: cos/kms.")
	case method == "":
	case method == "AES256":
		m.header = append(m.header, storage.Field{Name: call.SSEHeader, Value: method})
	default:
		return coserr.New(coserr.SSEContentNotSupported)
	}
	return nil
}

// customerKey is what the three headers say by which a client brings a key of its
// own.
type customerKey struct{ algorithm, key, sum string }

// check refuses the three headers. The algorithm alone says what is wanted, which
// cosemu does not have; of a key, all must be there and fit together (choice 433
// on the code).
func (k customerKey) check(prefix string) *coserr.Error {
	if k.key == "" && k.sum == "" {
		if k.algorithm == "" {
			return nil
		}
		return noCustomerKeys(prefix)
	}
	raw, err := base64.StdEncoding.DecodeString(k.key)
	digest := md5.Sum(raw)
	switch {
	case k.algorithm == "":
		return badEncryption("SSE-C needs an algorithm beside the key.")
	case k.algorithm != "AES256":
		return coserr.New(coserr.SSEContentNotSupported)
	case k.key == "":
		return badEncryption("SSE-C needs a key.")
	case err != nil || len(raw) != 32:
		return badEncryption("The key of SSE-C must be the base64 of 32 bytes.")
	case subtle.ConstantTimeCompare([]byte(k.sum), []byte(base64.StdEncoding.EncodeToString(digest[:]))) == 0:
		return badEncryption("SSE-C needs the base64 of the MD5 of the key, and it must be that of this key.")
	}
	return noCustomerKeys(prefix)
}

func noCustomerKeys(prefix string) *coserr.Error {
	return coserr.New(coserr.NotImplemented).WithMessage("cosemu does not support " + strings.ToLower(prefix) + "* (SSE-C).")
}

// checkSourceKey refuses a key for the source of a copy: no source has one, so
// what it names was not stored as its client believes.
func checkSourceKey(h http.Header) error {
	own := customerKey{
		all(h, sseSourceCustomer+"Algorithm"), all(h, sseSourceCustomer+"Key"), all(h, sseSourceCustomer+"Key-Md5"),
	}
	switch err := own.check(sseSourceCustomer); {
	case err == nil:
		return nil
	case err.Code == coserr.NotImplemented:
		return err
	default:
		return coserr.New(coserr.SSECDecryptHeaderInvalid).WithCause(err)
	}
}

func badEncryption(message string) *coserr.Error {
	return coserr.New(coserr.InvalidArgument).WithMessage(message)
}

// all joins the values of a header, so that a repeated one is not taken for a known one.
func all(h http.Header, name string) string { return strings.Join(h[name], "") }
