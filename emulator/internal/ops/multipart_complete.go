package ops

import (
	"crypto/md5"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// minPart is the smallest part in bytes that another may follow (COS docs:
// Complete Multipart Upload, 1 MB; choice 173).
const minPart = 1 << 20

// completeUpload makes an object of the parts that were chosen (COS docs:
// Complete Multipart Upload). It moves no bytes, so it is over at once and
// needs none of the blanks by which the cloud keeps a connection (choice 179).
func completeUpload(env *call.Env, c *call.Call) (*call.Reply, error) {
	doc, err := env.ReadDocument(c, maxCompleteXML)
	if err != nil {
		return nil, err
	}
	chosen, err := readChosenParts(doc)
	if err != nil {
		return nil, coserr.New(coserr.MalformedXML).WithCause(err)
	}
	object, err := join(env, c, chosen)
	if errors.Is(err, storage.ErrNoUpload) {
		object, err = joinedBefore(env, c, chosen, err)
	}
	if err != nil {
		return nil, err
	}
	return completeReply(c, object), nil
}

// join completes an upload. What the parts must be is judged in the order of
// choice 174.
func join(env *call.Env, c *call.Call, chosen []chosenPart) (*storage.Object, error) {
	bucket, key, id := c.Bucket.Name, c.Key(), c.Query().Value("uploadId")
	upload, err := env.Store.Upload(bucket, key, id)
	if err != nil {
		return nil, err
	}
	parts, err := env.Store.Parts(bucket, key, id)
	if err != nil {
		return nil, err
	}
	parts, cerr := choose(parts, chosen)
	if cerr != nil {
		return nil, cerr
	}
	var sum body.Joined
	for i := range parts {
		sum.Append(parts[i].CRC64, parts[i].Size)
	}
	object := &upload.Object
	object.ETag, object.CRC64, object.Modified = multipartETag(chosen), sum.CRC64(), c.At.UTC()
	own := metadata{forbidOverwrite: forbidsOverwrite(c.HTTP.Header)}
	stored, err := env.Store.CompleteUpload(bucket, key, id, parts, *object, own.commit(c))
	return &stored, err
}

// joinedBefore finds what came of an upload that is gone, so that a client
// whose answer was lost gets it by asking again: as long as the object is the
// one of that upload, and of the same parts (choice 170).
func joinedBefore(env *call.Env, c *call.Call, chosen []chosenPart, gone error) (*storage.Object, error) {
	o, err := env.Store.Stat(c.Bucket.Name, c.Key())
	if err == nil && o.UploadID != "" && o.UploadID == c.Query().Value("uploadId") && o.ETag == multipartETag(chosen) {
		return &o, nil
	}
	if err != nil && !errors.Is(err, storage.ErrNoObject) {
		return nil, err
	}
	return nil, gone
}

// choose finds the chosen ones among the parts of an upload, both by number.
// Numbers must rise and leave none out; the first may be any (choice 171).
func choose(parts []storage.Part, chosen []chosenPart) ([]storage.Part, *coserr.Error) {
	for i := 1; i < len(chosen); i++ {
		if chosen[i].number <= chosen[i-1].number {
			return nil, coserr.New(coserr.InvalidPartOrder)
		}
	}
	for len(parts) > 0 && parts[0].Number < chosen[0].number {
		parts = parts[1:]
	}
	if len(parts) < len(chosen) {
		return nil, coserr.New(coserr.InvalidPart)
	}
	parts = parts[:len(chosen)]
	for i, want := range chosen {
		have := &parts[i]
		if have.Number != want.number || have.ETag != want.etag || want.number != chosen[0].number+i {
			return nil, coserr.New(coserr.InvalidPart)
		}
	}
	for i := range parts[:len(parts)-1] {
		if parts[i].Size < minPart {
			return nil, coserr.New(coserr.EntityTooSmall)
		}
	}
	return parts, nil
}

// multipartETag is 32 hexadecimal digits that follow from the parts, and how
// many there are. How the cloud comes to its own is unknown (choice 172).
func multipartETag(chosen []chosenPart) string {
	h := md5.New()
	for _, p := range chosen {
		fmt.Fprintf(h, "%d %s\n", p.number, p.etag)
	}
	return etag((*[md5.Size]byte)(h.Sum(nil))) + "-" + strconv.Itoa(len(chosen))
}

// completeReply has the declaration that the page prints. The key in Location
// stands as it is (choice 185).
func completeReply(c *call.Call, o *storage.Object) *call.Reply {
	x := xmldoc.NewWriter(xmldoc.DoubleDeclaration)
	x.OpenWith("CompleteMultipartUploadResult", `xmlns="http://www.qcloud.com/document/product/436/7751"`)
	x.Text("Location", "http://"+c.Resource())
	x.Text("Bucket", c.Bucket.Name)
	x.Text("Key", o.Key)
	x.ETag(o.ETag)
	x.Close("CompleteMultipartUploadResult")
	rep := call.XMLReply(x.Bytes())
	rep.Add("x-cos-hash-crc64ecma", strconv.FormatUint(o.CRC64, 10))
	rep.Encryption(o.Header)
	rep.Versioned(o.VersionID) // here, unlike elsewhere, null as well (same page)
	return rep
}

// maxCompleteXML is the longest body of a Complete in bytes: four hundred for
// each part, of which clients need a quarter (choice 175).
const maxCompleteXML = 400 * storage.MaxPart

// chosenPart is a part as a Complete names it.
type chosenPart struct {
	number int
	etag   string // without quotes, in lower case
}

// readChosenParts reads the body of a Complete. Elements that the page does not
// name are passed over (choice 175).
func readChosenParts(doc []byte) ([]chosenPart, error) {
	r := xmldoc.New(doc)
	var parts []chosenPart
	err := r.Document("CompleteMultipartUpload", func(name string) error {
		if name != "Part" {
			return r.Skip()
		}
		if len(parts) == storage.MaxPart {
			return errors.New("too many parts")
		}
		p, err := readChosenPart(r)
		parts = append(parts, p)
		return err
	})
	if err == nil && len(parts) == 0 {
		err = errors.New("no part")
	}
	return parts, err
}

func readChosenPart(r *xmldoc.Reader) (chosenPart, error) {
	var number, etag *string
	err := r.Children(func(name string) error {
		switch name {
		case "PartNumber":
			return r.Once(&number)
		case "ETag":
			return r.Once(&etag)
		}
		return r.Skip()
	})
	switch {
	case err != nil:
		return chosenPart{}, err
	case number == nil || etag == nil:
		return chosenPart{}, errors.New("a part without PartNumber or ETag")
	}
	n, err := strconv.Atoi(strings.TrimSpace(*number))
	return chosenPart{number: n, etag: strings.ToLower(strings.Trim(strings.TrimSpace(*etag), `"`))}, err
}
