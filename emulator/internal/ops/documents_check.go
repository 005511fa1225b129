package ops

import (
	"errors"
	"fmt"

	"github.com/cosemu/cosemu/storage"
)

// ErrSetting says that a document is no setting of a bucket.
var ErrSetting = errors.New("no such setting of a bucket")

// CheckSetting judges a document as its PUT would, for one that comes another way.
func CheckSetting(name string, doc []byte) error {
	if name == ConfigMAZ && string(doc) == "MAZ" {
		return nil
	}
	for _, document := range []func() bucketDocument{
		corsDocument, taggingDocument, refererDocument, policyDocument, lifecycleDocument, strictDocument, accelerateDocument, tieringDocument,
	} {
		d := document()
		if d.sub != name {
			continue
		}
		if int64(len(doc)) > d.limit {
			return fmt.Errorf("%s: %w", name, storage.ErrFormat)
		}
		if err := d.check(doc); err != nil {
			return err
		}
		return nil
	}
	return fmt.Errorf("%w: %q", ErrSetting, name)
}
