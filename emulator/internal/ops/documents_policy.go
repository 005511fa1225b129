package ops

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// showPolicy is a bucket's policy as GET Bucket policy shows it: `Statement` is the
// first of its members and is spelt so, whatever the PUT wrote; its statements are
// as they came (COS docs: GET Bucket policy; cos-nodejs-sdk-v5 test/test.js, run
// against the cloud, writes `statement` and reads `Statement`, and finds the
// elements of a statement spelt as it wrote them).
func showPolicy(doc []byte) ([]byte, *coserr.Error) {
	dec := json.NewDecoder(bytes.NewReader(doc))
	if _, err := dec.Token(); err != nil {
		return nil, coserr.New(coserr.MalformedPolicy).WithCause(err)
	}
	var statements, rest []byte
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, coserr.New(coserr.MalformedPolicy).WithCause(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, coserr.New(coserr.MalformedPolicy).WithCause(err)
		}
		text, _ := name.(string)
		if strings.EqualFold(text, "Statement") {
			statements = value
			continue
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			return nil, coserr.New(coserr.MalformedPolicy).WithCause(err)
		}
		rest = append(append(append(append(rest, ','), quoted...), ':'), value...)
	}
	var out bytes.Buffer
	text := append(append(append([]byte(`{"Statement":`), statements...), rest...), '}')
	if err := json.Compact(&out, text); err != nil {
		return nil, coserr.New(coserr.MalformedPolicy).WithCause(err)
	}
	return out.Bytes(), nil
}
