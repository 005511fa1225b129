package ops

import (
	"strconv"
	"unicode/utf8"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// listParts pages through the parts of an upload (COS docs: List Parts).
func listParts(env *call.Env, c *call.Call) (*call.Reply, error) {
	id := c.Query().Value("uploadId")
	if id == "" {
		return nil, coserr.New(coserr.ListPartUploadIDIsEmpty)
	}
	limit, err := pageSize(c.Query(), "max-parts")
	if err != nil {
		return nil, err
	}
	name, encoding, err := listedNames(c.Query())
	if err != nil {
		return nil, err
	}
	after := 0
	if v := c.Query().Value("part-number-marker"); v != "" {
		n, ok := chars.Number(v)
		if !ok {
			return nil, coserr.New(coserr.InvalidArgument).WithMessage("part-number-marker must be a number.")
		}
		after = int(min(n, storage.MaxPart))
	}
	upload, err := env.Store.Upload(c.Bucket.Name, c.Key(), id)
	if err != nil {
		return nil, err
	}
	page, err := env.Store.ListParts(c.Bucket.Name, c.Key(), id, storage.PartOptions{After: after, Max: limit})
	if err != nil {
		return nil, err
	}
	x := xmldoc.NewWriter("")
	x.Open("ListPartsResult")
	x.Text("Bucket", c.Bucket.Name)
	x.Text("EncodingType", encoding)
	x.Text("Key", name(upload.Key))
	x.Text("UploadId", id)
	writeAccount(x, "Owner", c.Bucket.Owner, c.Bucket.Owner)
	x.Text("PartNumberMarker", strconv.Itoa(after))
	writeInitiator(x, upload.Initiator)
	for i := range page.Parts {
		writePart(x, &page.Parts[i])
	}
	if page.Truncated {
		x.Text("NextPartNumberMarker", strconv.Itoa(page.Parts[len(page.Parts)-1].Number))
	}
	x.Text("StorageClass", listedClass(upload.StorageClass))
	x.Text("MaxParts", strconv.Itoa(limit))
	x.Text("IsTruncated", strconv.FormatBool(page.Truncated))
	x.Close("ListPartsResult")
	return call.XMLReply(x.Bytes()), nil
}

func writePart(x *xmldoc.Writer, p *storage.Part) {
	x.Open("Part")
	x.Text("PartNumber", strconv.Itoa(p.Number))
	writeListedTime(x, "LastModified", p.Modified)
	x.ETag(p.ETag)
	x.Number("Size", p.Size)
	x.Close("Part")
}

// listUploads pages through the unfinished uploads of a bucket (COS docs: List
// Multipart Uploads). Elements come in the order of the page's sample
// (choice 180).
func listUploads(env *call.Env, c *call.Call) (*call.Reply, error) {
	q := c.Query()
	opts := storage.UploadOptions{
		Prefix: q.Value("prefix"), Delimiter: q.Value("delimiter"),
		KeyMarker: q.Value("key-marker"), IDMarker: q.Value("upload-id-marker"),
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
	page, err := env.Store.ListUploads(c.Bucket.Name, opts)
	if err != nil {
		return nil, err
	}
	x := xmldoc.NewWriter("")
	x.Open("ListMultipartUploadsResult")
	x.Text("Bucket", c.Bucket.Name)
	x.Text("Encoding-Type", encoding)
	x.Text("KeyMarker", name(opts.KeyMarker))
	x.Text("UploadIdMarker", opts.IDMarker)
	if page.Truncated {
		x.Text("NextKeyMarker", name(page.NextKeyMarker))
		x.Text("NextUploadIdMarker", page.NextIDMarker)
	}
	x.Text("MaxUploads", strconv.Itoa(opts.Max))
	x.Text("Prefix", name(opts.Prefix))
	x.Text("Delimiter", name(opts.Delimiter))
	x.Text("IsTruncated", strconv.FormatBool(page.Truncated))
	for i := range page.Uploads {
		writeUpload(x, &page.Uploads[i], name, c.Bucket.Owner)
	}
	for _, p := range page.Prefixes {
		x.Open("CommonPrefixes")
		x.Text("Prefix", name(p))
		x.Close("CommonPrefixes")
	}
	x.Close("ListMultipartUploadsResult")
	return call.XMLReply(x.Bytes()), nil
}

func writeUpload(x *xmldoc.Writer, u *storage.Upload, name func(string) string, owner string) {
	x.Open("Upload")
	x.Text("Key", name(u.Key))
	x.Text("UploadId", u.ID)
	writeInitiator(x, u.Initiator)
	writeAccount(x, "Owner", ownerID(owner), owner)
	x.Text("StorageClass", listedClass(u.StorageClass))
	writeListedTime(x, "Initiated", u.Modified)
	x.Close("Upload")
}

// listedNames is how names are to be printed, and what that is called.
func listedNames(q call.Query) (name func(string) string, encoding string, err error) {
	encoded, err := urlEncoding(q)
	if encoded {
		encoding = "url"
	}
	return listedName(encoded), encoding, err
}

// writeInitiator names who began an upload; an anonymous caller is "anyone" (choice 182).
func writeInitiator(x *xmldoc.Writer, appID string) {
	if appID == "" {
		writeAccount(x, "Initiator", "qcs::cam::anyone:anyone", "anyone")
		return
	}
	writeAccount(x, "Initiator", ownerID(appID), appID)
}

func writeAccount(x *xmldoc.Writer, role, id, display string) {
	x.Open(role)
	x.Text("ID", id)
	x.Text("DisplayName", display)
	x.Close(role)
}

// listedClass is how these two lists print a storage class: their samples have
// `Standard` for the one that is STANDARD elsewhere (choice 180).
func listedClass(class string) string {
	if class == "" || class == standardClass {
		return "Standard"
	}
	return class
}
