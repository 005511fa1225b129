package api

import (
	"strconv"
	"unicode/utf8"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/storage"
)

// listParts pages through the parts of an upload (COS docs: List Parts).
func (e *Emulator) listParts(c *call) (*reply, error) {
	id := c.query.value("uploadId")
	if id == "" {
		return nil, coserr.New(coserr.ListPartUploadIDIsEmpty)
	}
	limit, err := pageSize(c.query, "max-parts")
	if err != nil {
		return nil, err
	}
	name, encoding, err := listedNames(c.query)
	if err != nil {
		return nil, err
	}
	after := 0
	if v := c.query.value("part-number-marker"); v != "" {
		n, ok := digits(v)
		if !ok {
			return nil, coserr.New(coserr.InvalidArgument).WithMessage("part-number-marker must be a number.")
		}
		after = int(min(n, storage.MaxPart))
	}
	upload, err := e.store.Upload(c.bucket.Name, c.addr.Key, id)
	if err != nil {
		return nil, err
	}
	page, err := e.store.ListParts(c.bucket.Name, c.addr.Key, id, storage.PartOptions{After: after, Max: limit})
	if err != nil {
		return nil, err
	}
	x := newXML(false)
	x.open("ListPartsResult")
	x.text("Bucket", c.bucket.Name)
	x.text("EncodingType", encoding)
	x.text("Key", name(upload.Key))
	x.text("UploadId", id)
	writeAccount(x, "Owner", c.bucket.Owner, c.bucket.Owner)
	x.text("PartNumberMarker", strconv.Itoa(after))
	writeInitiator(x, upload.Initiator)
	for i := range page.Parts {
		writePart(x, &page.Parts[i])
	}
	if page.Truncated {
		x.text("NextPartNumberMarker", strconv.Itoa(page.Parts[len(page.Parts)-1].Number))
	}
	x.text("StorageClass", listedClass(upload.StorageClass))
	x.text("MaxParts", strconv.Itoa(limit))
	x.text("IsTruncated", strconv.FormatBool(page.Truncated))
	x.close("ListPartsResult")
	return xmlReply(x.bytes()), nil
}

func writePart(x *xmlWriter, p *storage.Part) {
	x.open("Part")
	x.text("PartNumber", strconv.Itoa(p.Number))
	x.time("LastModified", p.Modified)
	x.etag(p.ETag)
	x.number("Size", p.Size)
	x.close("Part")
}

// listUploads pages through the unfinished uploads of a bucket (COS docs: List
// Multipart Uploads). Elements come in the order of the page's sample
// (choice 180).
func (e *Emulator) listUploads(c *call) (*reply, error) {
	q := c.query
	opts := storage.UploadOptions{
		Prefix: q.value("prefix"), Delimiter: q.value("delimiter"),
		KeyMarker: q.value("key-marker"), IDMarker: q.value("upload-id-marker"),
	}
	if utf8.RuneCountInString(opts.Delimiter) > 1 {
		return nil, coserr.New(coserr.InvalidDelimiter)
	}
	var err error
	if opts.Max, err = pageSize(q, "max-uploads"); err != nil {
		return nil, err
	}
	name, encoding, err := listedNames(q)
	if err != nil {
		return nil, err
	}
	page, err := e.store.ListUploads(c.bucket.Name, opts)
	if err != nil {
		return nil, err
	}
	x := newXML(false)
	x.open("ListMultipartUploadsResult")
	x.text("Bucket", c.bucket.Name)
	x.text("Encoding-Type", encoding)
	x.text("KeyMarker", name(opts.KeyMarker))
	x.text("UploadIdMarker", opts.IDMarker)
	if page.Truncated {
		x.text("NextKeyMarker", name(page.NextKeyMarker))
		x.text("NextUploadIdMarker", page.NextIDMarker)
	}
	x.text("MaxUploads", strconv.Itoa(opts.Max))
	x.text("Prefix", name(opts.Prefix))
	x.text("Delimiter", name(opts.Delimiter))
	x.text("IsTruncated", strconv.FormatBool(page.Truncated))
	for i := range page.Uploads {
		writeUpload(x, &page.Uploads[i], name, c.bucket.Owner)
	}
	for _, p := range page.Prefixes {
		x.open("CommonPrefixes")
		x.text("Prefix", name(p))
		x.close("CommonPrefixes")
	}
	x.close("ListMultipartUploadsResult")
	return xmlReply(x.bytes()), nil
}

func writeUpload(x *xmlWriter, u *storage.Upload, name func(string) string, owner string) {
	x.open("Upload")
	x.text("Key", name(u.Key))
	x.text("UploadId", u.ID)
	writeInitiator(x, u.Initiator)
	writeAccount(x, "Owner", ownerID(owner), owner)
	x.text("StorageClass", listedClass(u.StorageClass))
	x.time("Initiated", u.Modified)
	x.close("Upload")
}

// listedNames is how names are to be printed, and what that is called.
func listedNames(q params) (name func(string) string, encoding string, err error) {
	switch encoded, err := urlEncoding(q); {
	case err != nil:
		return nil, "", err
	case encoded:
		return encodeListed, "url", nil
	}
	return func(s string) string { return s }, "", nil
}

// writeInitiator names who began an upload; nobody's key is anyone (choice 182).
func writeInitiator(x *xmlWriter, appID string) {
	if appID == "" {
		writeAccount(x, "Initiator", "qcs::cam::anyone:anyone", "anyone")
		return
	}
	writeAccount(x, "Initiator", ownerID(appID), appID)
}

func writeAccount(x *xmlWriter, role, id, display string) {
	x.open(role)
	x.text("ID", id)
	x.text("DisplayName", display)
	x.close(role)
}

// listedClass is how these two lists print a storage class: their samples have
// `Standard` for the one that is STANDARD elsewhere (choice 180).
func listedClass(class string) string {
	if class == "" || class == standardClass {
		return "Standard"
	}
	return class
}
